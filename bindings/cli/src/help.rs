//! What `--help` and a misspelt command say, in the person's language. The English words are the comments of
//! args.rs; the Chinese ones stand here, and a test holds that none is missing.

use clap::{
    Arg, ArgAction, Command, CommandFactory as _, FromArgMatches as _,
    builder::Str,
    error::{ContextKind, ErrorKind},
};

use crate::args::{Args, EVERYWHERE};

/// Reads what was typed.
///
/// # Errors
/// It cannot be understood, or was a question about this program.
pub(crate) fn parse(chinese: bool) -> Result<Args, clap::Error> {
    let command = if chinese { translated(Args::command(), "") } else { Args::command() };
    Args::from_arg_matches(&command.try_get_matches()?)
}

/// Whether what was typed, or else the system, asks for Chinese: known before anything else is.
pub(crate) fn is_chinese(typed: impl Iterator<Item = std::ffi::OsString>, system: bool) -> bool {
    let typed: Vec<String> = typed.map(|word| word.to_string_lossy().into_owned()).collect();
    let after = typed.iter().zip(typed.iter().skip(1)).find(|(option, _)| *option == "--lang").map(|(_, lang)| &**lang);
    let named = after.or_else(|| typed.iter().find_map(|word| word.strip_prefix("--lang=")));
    named.map_or(system, |lang| lang == "zh")
}

const TEMPLATE: &str = "{about-with-newline}\n用法：{usage}\n\n{all-args}{after-help}";

/// The same command with Chinese words; `path` is what is typed before its own name.
fn translated(command: Command, path: &str) -> Command {
    let of = |name: &str| format!("{path} {name}").trim().to_owned();
    let arguments: Vec<(String, bool)> =
        command.get_arguments().map(|arg| (arg.get_id().to_string(), arg.is_positional())).collect();
    let below: Vec<String> = command.get_subcommands().map(|below| below.get_name().to_owned()).collect();
    let mut command = command
        .about(chinese(path))
        .help_template(TEMPLATE)
        .subcommand_help_heading("命令")
        .disable_help_flag(true)
        .disable_help_subcommand(true);
    for (order, (id, positional)) in arguments.into_iter().enumerate() {
        let text = chinese(&of(&format!("<{id}>")));
        command = command.mut_arg(id, |arg| {
            let heading = match arg.get_help_heading() {
                Some(EVERYWHERE) => "每个命令都可用",
                _ if positional => "参数",
                _ => "选项",
            };
            let arg = arg.help(text).help_heading(heading).display_order(order);
            let names: Vec<Str> = arg.get_value_names().into_iter().flatten().map(placeholder).collect();
            let arg = if names.is_empty() { arg } else { arg.value_names(names) };
            let takes_values = arg.get_action().takes_values();
            if takes_values { arg.hide_possible_values(true) } else { arg }
        });
    }
    let help = Arg::new("help").short('h').long("help").action(ArgAction::Help).display_order(998);
    command = command.arg(help.help("显示本帮助").help_heading("选项"));
    if path.is_empty() {
        let version = Arg::new("version").short('V').long("version").action(ArgAction::Version).display_order(999);
        command = command
            .disable_version_flag(true)
            .arg(version.help("显示版本").help_heading("选项"))
            .after_help(chinese("after"));
    }
    below.into_iter().fold(command, |command, name| {
        let path = of(&name);
        command.mut_subcommand(name, |below| translated(below, &path))
    })
}

/// What a misspelt command line lacks, in Chinese; `None` for a question about this program.
#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "the parser's list, which grows; what is not here is told in general"
)]
pub(crate) fn misspelt(error: &clap::Error) -> Option<String> {
    let of = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let meant = |kind| match error.get(kind) {
        Some(meant) => format!("您是不是要输入 {}？", meant.to_string().replace(", ", "、")),
        None => String::new(),
    };
    let what = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let meant = meant(ContextKind::SuggestedSubcommand);
            format!("没有“{}”这个命令。{meant}", of(ContextKind::InvalidSubcommand))
        }
        ErrorKind::UnknownArgument => {
            format!("不认识“{}”。{}", of(ContextKind::InvalidArg), meant(ContextKind::SuggestedArg))
        }
        ErrorKind::MissingRequiredArgument => format!("还缺少：{}。", of(ContextKind::InvalidArg).replace('\n', " ")),
        ErrorKind::MissingSubcommand => "后面还缺少一个命令。".to_owned(),
        ErrorKind::InvalidValue if of(ContextKind::InvalidValue).is_empty() => {
            format!("“{}”后面还缺少一个值。", of(ContextKind::InvalidArg))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let may_be = match error.get(ContextKind::ValidValue) {
                Some(values) => format!("可以是：{}。", values.to_string().replace(", ", "、")),
                None => String::new(),
            };
            format!("“{}”的值“{}”不对。{may_be}", of(ContextKind::InvalidArg), of(ContextKind::InvalidValue))
        }
        ErrorKind::ArgumentConflict => {
            format!("“{}”不能与“{}”同时使用。", of(ContextKind::InvalidArg), of(ContextKind::PriorArg))
        }
        ErrorKind::TooManyValues => {
            format!("“{}”后面不能有值，却给了“{}”。", of(ContextKind::InvalidArg), of(ContextKind::InvalidValue))
        }
        ErrorKind::InvalidUtf8 => "输入中有不是 UTF-8 的文字。".to_owned(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            return None;
        }
        _ => "看不懂这条命令。".to_owned(),
    };
    Some(format!("{what}帮助：billpay --help"))
}

/// What stands for a value, in Chinese; what is typed as it stands there stays.
fn placeholder(name: &Str) -> Str {
    let chinese = PLACEHOLDERS.iter().find(|(english, _)| english == name);
    chinese.map_or_else(|| name.clone(), |(_, chinese)| Str::from(*chinese))
}

const PLACEHOLDERS: &[(&str, &str)] = &[
    ("ACCOUNT", "账户"),
    ("ALIAS", "名称"),
    ("AMOUNT", "金额"),
    ("BILL", "账单号"),
    ("BILLER", "收费单位"),
    ("CODE", "验证码"),
    ("DAYS", "天数"),
    ("DIR", "目录"),
    ("FILE", "文件"),
    ("FORM", "形式"),
    ("ID", "编号"),
    ("JWKS", "公钥集"),
    ("KIND", "种类"),
    ("METHOD", "支付方式"),
    ("N", "数目"),
    ("NAME", "名称"),
    ("NUMBER", "号码"),
    ("PHONE", "手机号"),
    ("PORT", "端口"),
    ("QUERY", "内容"),
    ("SECONDS", "秒数"),
    ("SIDE", "一方"),
    ("TIME", "时间"),
    ("TOKEN", "凭据"),
    ("UNTIL", "时间"),
    ("WAYS", "渠道"),
    ("YEAR", "年份"),
    ("ZONE", "时区"),
];

/// Of a command by the words that are typed for it; of its arguments in angle brackets after them.
fn chinese(of: &str) -> &'static str {
    TEXTS.iter().find(|(name, _)| *name == of).map_or("", |(_, text)| text)
}

const TEXTS: &[(&str, &str)] = &[
    ("", "在终端里缴纳生活费用：绝不丢失、绝不重复、绝不误报"),
    (
        "after",
        "退出状态：0 已办成，1 未办成，2 看不懂输入，3 有付款尚无结果（billpay resolve），4 已办成，但标准输出未能全部写出（其余见标准错误）。\n资料保存在 $XDG_DATA_HOME/billpay 或 ~/.local/share/billpay；可用 --profile 或 $BILLPAY_PROFILE 另行指定。",
    ),
    ("<profile>", "本机资料所在的目录"),
    ("<gateway>", "网关的连接文件，由沙箱写出；用过一次即记入资料"),
    ("<lang>", "中文或英文；未指定时按 LANG"),
    ("<json>", "在标准输出上逐行输出 JSON，最后一行是带 \"ok\" 的汇总"),
    ("demo", "在本机看完整个故事：一家银行、它的收费单位、一部手机，以及其间的种种故障"),
    ("demo <plant>", "种下一个缺陷；演示此时必须失败"),
    ("demo <plants>", "列出可以种下的缺陷"),
    ("demo <keep>", "把账本保存在这个目录"),
    ("sandbox", "在本机运行一家银行和它的收费单位"),
    ("sandbox <data>", "把状态保存在这个目录；未指定则结束后不保留"),
    ("sandbox <port>", "银行的端口；未指定则任选空闲端口"),
    ("sandbox <billers_port>", "收费单位的端口；未指定则任选空闲端口"),
    (
        "sandbox <only>",
        "只运行一方（bank 银行，billers 收费单位），另一方作为单独的进程使用同一个 --data 目录，这样任何一方都可以单独停机：先收费单位，再用它的 --billers-port 运行银行",
    ),
    ("sandbox <ahead>", "把银行和收费单位的时钟拨快这么多秒"),
    ("sandbox <collect>", "银行每隔这么多秒自行向收费单位查询新账单；0 表示从不"),
    ("sandbox <collect_most>", "银行每天对一个绑定最多查询这么多次"),
    ("sandbox <faults>", "故障脚本，JSON 格式"),
    (
        "sandbox <control>",
        "从标准输入逐行接受命令：clock MS 把两边的时钟拨快；backup FILE、restore FILE 备份银行账本、恢复账本并开始新纪元；operator 列出需要银行人工处理的付款；rule PAYMENT charged|not-charged PERSON [MINOR] 说明这样一笔付款如何了结（须两人意见一致）；reconcile 让收费单位核对银行的对账单；backup-billers FILE、restore-billers FILE 备份、恢复收费单位的账簿；requests 显示银行收到的请求数；faults JSON 更换故障脚本；revise BILLER BILL MINOR、bill BILLER NUMBER BILL MINOR [DUE]、close BILLER、reopen BILLER、charges BILLER 变更或新增账单、停止或恢复收款、显示已收款项；collect 让银行立即查询到时的账单。输入结束，沙箱即停止",
    ),
    ("activate", "用短信验证码激活本机"),
    ("activate start", "向银行预留的手机号发送验证码"),
    ("activate start <phone>", "例如 13800000001"),
    ("activate resend", "重新发送验证码；旧的随即作废"),
    ("activate finish", "提交验证码"),
    ("activate finish <code>", "短信中的验证码；未给出则会询问"),
    ("activate status", "激活进行到哪一步"),
    (
        "doctor",
        "逐步显示本程序如何判断一个网关：名称、密钥、固定的公钥、TLS。默认检查资料所属的网关；也可用 --gateway https://主机 加 --trust 检查另一个",
    ),
    ("doctor <trust>", "判断的依据：根证书，以及固定的公钥或信任文件，JSON 格式（见 docs/doctor.md）"),
    ("doctor <bundle>", "写下本机的情况，供客服使用：版本、状态、数目、最近的错误；请看过再发送；不询问银行"),
    ("doctor <min_days>", "信任文件在这么多天内过期即视为失败"),
    ("billers", "可以付给哪些收费单位；不需要网络"),
    ("bind", "按户号绑定账户，分两步：查询、核对后确认"),
    ("bind add", "在终端里一次完成两步：查询、显示、询问、绑定"),
    ("bind add <biller>", "收费单位编号，见 billpay billers"),
    ("bind add <number>", "账单上的户号"),
    ("bind add <alias>", "给它起的名称"),
    ("bind lookup", "第一步：查询户号属于谁，得到一个凭据"),
    ("bind lookup <biller>", "收费单位编号，见 billpay billers"),
    ("bind lookup <number>", "账单上的户号"),
    ("bind confirm", "第二步：绑定已核对的户号"),
    ("bind confirm <biller>", "与查询时相同"),
    ("bind confirm <number>", "与查询时相同"),
    ("bind confirm <token>", "查询时得到的凭据"),
    ("bind confirm <alias>", "给它起的名称"),
    ("bind list", "已绑定的账户"),
    ("bind remove", "解除绑定；回单保留"),
    ("bind remove <account>", "账户编号，见 billpay bind list"),
    ("bills", "应缴的账单，按最近一次所知"),
    ("bills <refresh>", "先向银行查询"),
    ("bills <sum>", "一笔金额按从旧到新能付哪些账单；只看不付"),
    ("bills <account>", "只看这个账户的；编号或名称，见 billpay bind list"),
    (
        "reminders",
        "什么时候提醒哪张账单，附日历；不需要网络。用 --bills 时按文件计划，不打开本机资料（docs/reminders.md）",
    ),
    ("reminders <at>", "从这一刻起，例如 2026-12-01T09:00:00+08:00；默认为现在"),
    ("reminders <zone>", "手机时钟的时区，例如 Asia/Shanghai；默认取自 TZ"),
    ("reminders <bank_zone>", "银行计日的时区"),
    ("reminders <bills>", "按这个 JSON 文件中的账单；默认为本机的账单"),
    ("reminders <policy>", "按这个 JSON 文件中的提醒设置；默认为本机的设置或默认值"),
    ("reminders <most>", "最多可容纳多少条：iOS 为64，Android 为500"),
    ("reminders <ics>", "把截止日写入这个日历文件（iCalendar）；再次写入时，变更的随之变更，已缴的取消"),
    ("reminders channels", "通过哪些渠道提醒；短信使用本终端的语言"),
    (
        "reminders channels <ways>",
        "phone（手机通知）、push（推送）、sms（短信），多个用逗号分隔；none 为不提醒；usual 为与其他账户相同。未给出则显示",
    ),
    ("reminders channels <account>", "只针对这个账户；编号或名称，见 billpay bind list"),
    ("reminders snooze", "推迟对一张账单的提醒"),
    ("reminders snooze <biller>", "收费单位编号，见 billpay bills"),
    ("reminders snooze <bill>", "账单号，见 billpay bills"),
    ("reminders snooze <until>", "到这一刻（例如 2026-12-01T09:00:00+08:00）或这一天"),
    ("reminders snooze <off>", "不再推迟，恢复提醒"),
    ("reminders mute", "不再提醒一个收费单位的账单"),
    ("reminders mute <biller>", "收费单位编号，见 billpay billers"),
    ("reminders mute <off>", "恢复提醒"),
    ("reminders policy", "何时、如何提醒；可用 JSON 文件整体设定（docs/reminders.md）"),
    ("reminders policy <file>", "今后的设置；未给出则显示现在的"),
    ("pay", "支付一张或多张账单：先显示要签署的内容，问一次，再付款"),
    ("pay <biller>", "收费单位编号，见 billpay bills"),
    ("pay <bill>", "账单号，见 billpay bills"),
    ("pay <all>", "一次支付全部应缴账单；先到期的先付"),
    ("pay <account>", "支付这个账户的全部应缴账单；编号或名称，见 billpay bind list"),
    ("pay <amount>", "金额（元），例如 50 或 49.90；未给出则按账单金额"),
    ("pay <method>", "支付方式编号，见 billpay methods；未给出则用默认方式"),
    ("pay <yes>", "不再询问"),
    ("repeat", "照上次的样子付：该账户最早的账单，或惯常的金额，用惯用的方式"),
    ("repeat <account>", "编号或名称，见 billpay bind list"),
    ("repeat <yes>", "不再询问"),
    ("limits", "单笔和当日限额，以及如何修改"),
    ("limits show", "按最近一次所知"),
    ("limits show <refresh>", "先向银行查询"),
    ("limits set", "调低立即生效；调高需要银行发送的验证码（会询问，也可从标准输入读取）"),
    ("limits set <per_payment>", "单笔限额（元）；0 表示不允许付款"),
    ("limits set <per_day>", "当日限额（元）；0 表示不允许付款"),
    ("limits set <code_from>", "从这个金额（元）起需要验证码；0 表示每笔都需要"),
    ("methods", "支付方式；银行卡和电子钱包在银行的页面上填写"),
    ("methods list", "按最近一次所知"),
    ("methods list <refresh>", "先向银行查询"),
    ("methods add", "添加一种：给出填写的页面"),
    ("methods add <kind>", "种类：card（银行卡）或 wallet（电子钱包）"),
    ("methods remove", "移除一种；用它进行中的付款不受影响"),
    ("methods remove <method>", "编号，见 billpay methods"),
    ("methods default", "未指定时用这一种"),
    ("methods default <method>", "编号，见 billpay methods"),
    ("payments", "本机的付款"),
    ("receipts", "回单、拒绝通知和冲正通知；不需要网络"),
    ("receipts list", "全部，新的在前"),
    ("receipts show", "一份的全文，或便于交给别人的形式"),
    ("receipts show <id>", "列表中的序号，或文件、付款的编号"),
    ("receipts show <form>", "text（可读文字）、jws（银行签名的原文）、qr（二维码）或 pdf（可归档的页面）"),
    ("receipts show <to>", "页面写入的新文件"),
    ("receipts show <font>", "页面所用的字体（TTF、OTF）；名称中有自带字体没有的生僻字时使用"),
    ("receipts verify", "离线检查每个签名和整条链；给出文件时检查别人的文件，不打开本机资料"),
    ("receipts verify <file>", "一份或多份文件，或 billpay export 的存档"),
    ("receipts verify <keys>", "银行的回单公钥，JWKS 格式；应取自银行，而不是交来文件的人"),
    (
        "receipts search",
        "按名称、账单号、金额或月份（如 2026-11）的一部分，或按编号、流水号（全部，或其中六位以上）查找回单和其他文件",
    ),
    ("receipts search <query>", "记得的内容"),
    ("receipts stats", "按月份和收费单位统计已付的金额"),
    ("receipts stats <year>", "只看这一年"),
    ("receipts keys", "银行的回单公钥，JWKS 格式"),
    ("owed", "全部账户的应缴合计；正在核实的付款不计入，并逐一列出"),
    ("export", "把本机上属于您的一切存为一个存档（ZIP）：文件、已签订单、账户、账单；其中有完整户号"),
    ("export <file>", "新文件"),
    ("events", "发生了而尚未确认的事"),
    ("events list", "全部待确认的，旧的在前"),
    ("events next", "最早一件待确认的"),
    ("events ack", "已处理，确认"),
    ("events ack <id>", "编号，见 billpay events"),
    ("status", "本机属于谁，情况如何"),
    ("resolve", "向银行询问每一笔尚无结果的付款"),
    ("wipe", "清除本机上这份资料的一切，先清除密钥"),
    ("wipe <yes>", "不再询问"),
    ("wipe <open_payments>", "有付款正在核实时也清除：它们在银行照常有结果"),
    ("change-key", "换一把主密钥，把本机上的一切重新加密，再删除旧的；中途中断也不丢失，可以再来一次"),
    ("set-aside", "本机密钥丢失或文件损坏时：把资料移到一旁，以便重新激活"),
    ("set-aside <yes>", "不再询问"),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Every command and argument, by the names of the table.
    fn names(command: &Command, path: &str, into: &mut Vec<String>) {
        into.push(path.to_owned());
        for arg in command.get_arguments() {
            into.push(format!("{path} <{}>", arg.get_id()).trim().to_owned());
        }
        for below in command.get_subcommands() {
            names(below, format!("{path} {}", below.get_name()).trim(), into);
        }
    }

    /// The names of all values.
    fn values(command: &Command, into: &mut Vec<String>) {
        let takes = command.get_arguments().filter(|arg| arg.get_action().takes_values());
        into.extend(takes.flat_map(|arg| arg.get_value_names().unwrap_or_default()).map(ToString::to_string));
        command.get_subcommands().for_each(|below| values(below, into));
    }

    #[test]
    fn row_71_every_command_and_argument_has_its_chinese_words_and_there_are_no_others() {
        let mut there = vec!["after".to_owned()];
        names(&Args::command(), "", &mut there);
        there.sort();
        let mut told: Vec<String> = TEXTS.iter().map(|(name, _)| (*name).to_owned()).collect();
        told.sort();
        assert_eq!(told, there);
        translated(Args::command(), "").debug_assert();
        // And what stands for their values.
        let mut placeholders = Vec::new();
        values(&Args::command(), &mut placeholders);
        let told = |name: &String| name == "zh|en" || PLACEHOLDERS.iter().any(|(english, _)| english == name);
        let untold: Vec<&String> = placeholders.iter().filter(|name| !told(name)).collect();
        assert_eq!(untold, Vec::<&String>::new());
        let unused = PLACEHOLDERS.iter().filter(|(english, _)| !placeholders.iter().any(|name| name == english));
        assert_eq!(unused.collect::<Vec<_>>(), Vec::<&(&str, &str)>::new());
    }

    #[test]
    fn row_71_the_language_is_known_before_anything_is_understood() {
        let asked = |words: &str, system| is_chinese(words.split(' ').map(Into::into), system);
        assert!(asked("billpay --lang zh --help", false) && asked("billpay pay --lang=zh", false));
        assert!(!asked("billpay --lang en --help", true) && !asked("billpay --help", false));
        assert!(asked("billpay --help", true));
    }

    #[test]
    fn row_71_a_misspelt_command_is_told_in_chinese() {
        let of = |words: &str| {
            let error = translated(Args::command(), "").try_get_matches_from(words.split(' ')).unwrap_err();
            misspelt(&error).unwrap_or_default()
        };
        assert_eq!(of("billpay bils"), "没有“bils”这个命令。您是不是要输入 billers、bills？帮助：billpay --help");
        assert_eq!(of("billpay bills --refesh"), "不认识“--refesh”。您是不是要输入 --refresh？帮助：billpay --help");
        assert!(of("billpay pay power-sh").starts_with("还缺少：<账单号>"), "{}", of("billpay pay power-sh"));
        assert!(of("billpay methods add gold").contains("“gold”不对。可以是：card、wallet。"));
        assert!(of("billpay --lang").starts_with("“--lang <zh|en>”后面还缺少一个值。"), "{}", of("billpay --lang"));
    }
}
