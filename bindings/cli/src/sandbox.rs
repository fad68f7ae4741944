//! `billpay sandbox`: a bank and its billers on this machine, until Ctrl-C.

mod biller;
mod billers;
mod by_hand;
mod control;
pub(crate) mod house;

use std::{fs, io, net::SocketAddr, path::Path, time::Duration};

use billpay_core::model::Language;
use jiff::Timestamp;
use sandbox_gateway::{
    collecting::Collection,
    ledger::operator::ForAPerson,
    server::{Options, Sandbox, StartError},
};
use serde_json::json;

use self::{
    control::Control,
    house::{Example, Owed},
};
use crate::{
    args::{SandboxArgs, Side},
    connection::Connection,
    failure::Failure,
    files,
    paint::fold,
    shell::Shell,
    show,
};

/// In the sandbox's folder.
const CONNECTION: &str = "connection.json";
/// How often the outbox is looked into.
const LOOK: Duration = Duration::from_millis(50);

pub(crate) async fn run(shell: &Shell, asked: &SandboxArgs) -> Result<(), Failure> {
    // What is not to be kept still needs a place for the connection file.
    let aside = tempfile::tempdir().map_err(|error| files::no_folder(shell, &std::env::temp_dir(), &error))?;
    let folder = asked.data.as_deref().unwrap_or(aside.path());
    fs::create_dir_all(folder).map_err(|error| files::no_folder(shell, folder, &error))?;
    let options = options(shell, asked, folder)?;
    if asked.only == Some(Side::Billers) {
        return billers::run(shell, &options, asked.control).await;
    }
    let sandbox = Sandbox::start(options).await.map_err(|error| not_started(shell, &error))?;
    let connection = house::connection(&sandbox).await?;
    let path = folder.join(CONNECTION);
    let path = std::path::absolute(&path).unwrap_or(path);
    connection.write(&path).map_err(|error| files::no_folder(shell, folder, &error))?;
    welcome(shell, &sandbox, &path);
    let mut control = Control::start(asked.control);
    watch(shell, &sandbox, &mut control).await;
    let requests = sandbox.gateway().map_or(0, |gateway| gateway.requests().len());
    shell.line(shell.say("沙箱已停止。", "The sandbox has stopped."));
    shell.done(json!({ "event": "stopped", "requests": requests }));
    Ok(())
}

fn options(shell: &Shell, asked: &SandboxArgs, folder: &Path) -> Result<Options, Failure> {
    let mut options = Options { directory: asked.data.clone(), ..Options::default() };
    options.clock_offset_ms = i64::from(asked.ahead) * 1_000;
    let every = Duration::from_secs(u64::from(asked.collect));
    options.collection = (asked.collect > 0).then_some(Collection { every, most: asked.collect_most });
    if let Some(path) = &asked.faults {
        let unusable = |error: &dyn std::fmt::Display| {
            let what = shell.say("故障脚本无法使用", "the fault script cannot be used");
            Failure::new("faults-unusable", format!("{}: {what}{}", path.display(), shell.aside(&error.to_string())))
        };
        let script = files::text(path).map_err(|error| unusable(&error.words(shell)))?;
        options.faults.set_json(&script).map_err(|error| unusable(&error))?;
    }
    // Clients remember where the bank is: a kept sandbox comes back at the same place.
    let before = files::text(&folder.join(CONNECTION)).ok();
    let before: Option<Connection> = before.and_then(|text| serde_json::from_str(&text).ok());
    let port = asked.port.or(before.and_then(|known| known.resolve).map(|address| address.port())).unwrap_or(0);
    options.address = SocketAddr::from(([127, 0, 0, 1], port));
    options.billers_address = SocketAddr::from(([127, 0, 0, 1], asked.billers_port.unwrap_or(0)));
    if asked.only == Some(Side::Bank) {
        let unknown =
            shell.say("请用 --billers-port 指明收费单位的端口。", "Say with --billers-port where the billers are.");
        options.billers_elsewhere = Some(asked.billers_port.ok_or_else(|| Failure::new("no-billers", unknown))?);
    }
    Ok(options)
}

pub(crate) fn not_started(shell: &Shell, error: &StartError) -> Failure {
    let what = shell.say("沙箱无法启动", "the sandbox cannot start");
    let next = match error {
        StartError::Io(error) if error.kind() == io::ErrorKind::AddrInUse => {
            shell.say("请用 --port 换一个端口。", "Choose another one with --port.")
        }
        StartError::InUse => shell.say(
            "请先停止另一个沙箱，或用 --data 指定另一个文件夹。",
            "Stop the other one first, or name another folder with --data.",
        ),
        StartError::Io(_)
        | StartError::Pki(_)
        | StartError::Billers(_)
        | StartError::Leg(_)
        | StartError::Gateway(_)
        | StartError::Ledger(_)
        | StartError::Keys(_)
        | StartError::Busy => shell.say("请检查 --data 文件夹。", "Look at the folder named with --data."),
    };
    let english = error.to_string();
    let why = match error {
        StartError::Io(error) => files::words_of(shell, error),
        StartError::InUse => shell.say("这个文件夹已有另一个沙箱在用", &english).to_owned(),
        StartError::Busy => shell.say("先前的一个请求还没有结束", &english).to_owned(),
        StartError::Pki(_) | StartError::Leg(_) => of_kind(shell, "证书或连接无法使用", &english),
        StartError::Keys(_) => of_kind(shell, "密钥文件已损坏", &english),
        StartError::Billers(_) => of_kind(shell, "收费单位的账簿无法使用", &english),
        StartError::Gateway(_) | StartError::Ledger(_) => of_kind(shell, "银行的账本无法使用", &english),
    };
    Failure::new("sandbox-not-started", format!("{what}{}{why}{}{next}", shell.colon(), shell.stop()))
}

/// In Chinese of what kind it is, with what the other program or library says beside it, for whoever mends it.
fn of_kind(shell: &Shell, zh: &str, english: &str) -> String {
    match shell.language {
        Language::Zh => format!("{zh}{}", shell.aside(english)),
        Language::En => english.to_owned(),
    }
}

fn welcome(shell: &Shell, sandbox: &Sandbox, path: &Path) {
    let example = house::example();
    let Example { phone, small, large } = &example;
    shell.record(&json!({
        "event": "ready", "url": sandbox.url(), "billers_url": sandbox.billers_url(), "connection": path,
        "phone": phone, "biller": small.biller, "customer_number": small.number,
    }));
    let paint = shell.paint;
    shell.line(&paint.bold(shell.say("沙箱已启动：一家银行和它的收费单位", "A bank and its billers, on this machine")));
    shell.lines(&show::pairs(
        shell,
        &[
            (shell.say("银行", "bank"), sandbox.url().to_owned()),
            (shell.say("收费单位", "billers"), sandbox.billers_url().to_owned()),
            (shell.say("连接文件", "connection"), path.display().to_string()),
        ],
    ));
    shell.line("");
    shell.line(shell.say("请在另一个终端输入：", "Type in another terminal:"));
    let quoted = path.display().to_string();
    let code = shell.say("验证码", "CODE");
    // Where it is not on the person's path, it was started by another name.
    let started_as = std::env::args_os().next().map(std::path::PathBuf::from).unwrap_or_default();
    let alias = (started_as != Path::new("billpay")).then(|| std::path::absolute(&started_as).ok()).flatten();
    let alias = alias.map(|path| format!("alias billpay='{}'", path.display()));
    // A profile stays with its bank: one of an earlier sandbox is of no use to this one, nor this one's to the next.
    let profile = path.parent().map(|folder| format!("export BILLPAY_PROFILE='{}'", folder.join("phone").display()));
    let bound_and_paid = |owed: &Owed| {
        let Owed { biller, number, bill } = owed;
        [format!("billpay bind add {biller} {number}"), format!("billpay pay {biller} {bill}")]
    };
    let first =
        [format!("billpay --gateway '{quoted}' activate start {phone}"), format!("billpay activate finish {code}")];
    let told = |line: String| shell.line(&format!("  {}", paint.accent(&line)));
    alias.into_iter().chain(profile).chain(first).chain(bound_and_paid(small)).for_each(told);
    if let Some(large) = large {
        shell.line(shell.say("一张需要验证码的大额账单：", "And a bill that is large enough for a code:"));
        bound_and_paid(large).into_iter().for_each(told);
    }
    shell.line("");
    shell.line(
        &paint.dim(shell.say("按 Ctrl-C 停止。短信会显示在这里：", "Ctrl-C stops it. Messages to phones show here:")),
    );
}

/// Shows messages as they come, until the person or the system has had enough.
async fn watch(shell: &Shell, sandbox: &Sandbox, control: &mut Control) {
    let (mut shown, mut pushed) = (0, 0);
    let (mut looks, mut listed) = (0_u32, Vec::new());
    let stop = stopped();
    tokio::pin!(stop);
    loop {
        let messages = sandbox.sms_outbox();
        for sms in messages.get(shown..).unwrap_or_default() {
            shell.record(&json!({ "event": "sms", "to": sms.to, "text": sms.text }));
            let at = Timestamp::from_millisecond(sms.at).map(|at| shell.moment(at)).unwrap_or_default();
            shell.line("");
            shell.lines(&phone(shell, &sms.to, &at, &sms.text));
        }
        shown = messages.len();
        let pushes = sandbox.pushes();
        for push in pushes.get(pushed..).unwrap_or_default() {
            shell.record(&json!({
                "event": "push", "to": push.customer, "id": push.id, "title": push.title, "text": push.body,
            }));
            shell.line("");
            let to = format!("{} {}", shell.say("推送", "push to"), push.customer);
            shell.line(&format!("{}: {}", shell.paint.dim(&to), shell.paint.bold(&push.title)));
            shell.sentences(&push.body, str::to_owned);
        }
        pushed = pushes.len();
        if looks.is_multiple_of(20) {
            listed = tell_operator(shell, sandbox, listed);
        }
        looks = looks.wrapping_add(1);
        tokio::select! {
            biased;
            () = &mut stop => return,
            line = control.line() => match line {
                Some(line) => control::obey(shell, sandbox, &line).await,
                None => return,
            },
            () = tokio::time::sleep(LOOK) => {}
        }
    }
}

/// Says what has come on the list of what a person at the bank has to look at; gives the list.
fn tell_operator(shell: &Shell, sandbox: &Sandbox, known: Vec<ForAPerson>) -> Vec<ForAPerson> {
    let list = sandbox.gateway().and_then(|gateway| gateway.for_a_person().ok());
    // During a restore nobody knows.
    let Some(list) = list else { return known };
    let new: Vec<ForAPerson> = list.iter().filter(|line| !known.contains(line)).cloned().collect();
    for line in &new {
        shell.record(&json!({ "event": "for-a-person", "order": control::as_json(line) }));
    }
    if !new.is_empty() {
        control::show(shell, &new);
    }
    list
}

/// Ctrl-C, or the system's request to end.
async fn stopped() {
    #[cfg(unix)]
    if let Ok(mut term) = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
        tokio::select! {
            biased;
            _ = term.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        return;
    }
    // Without signals it runs until it is ended from outside.
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// A message as a phone shows it.
pub(crate) fn phone(shell: &Shell, to: &str, at: &str, text: &str) -> Vec<String> {
    const COLUMNS: usize = 56;
    let paint = shell.paint;
    let title = format!("{} {to}", shell.say("短信", "SMS to"));
    let lines: Vec<String> = text.lines().flat_map(|line| fold(line, COLUMNS)).collect();
    let pad = |line: &str| crate::paint::pad(line, COLUMNS, crate::paint::Align::Left);
    if !paint.is_rich() {
        let head = if at.is_empty() { title } else { format!("{title}  {at}") };
        return std::iter::once(head).chain(lines.iter().map(|line| format!("| {line}"))).collect();
    }
    let rule = |columns: usize| "─".repeat(columns);
    let head = if at.is_empty() { title } else { format!("{title} · {at}") };
    let rest = (COLUMNS).saturating_sub(crate::paint::width(&head) + 1);
    let mut framed =
        vec![format!("{}{}{}", paint.dim("╭─ "), paint.bold(&head), paint.dim(&format!(" {}╮", rule(rest))))];
    for line in &lines {
        framed.push(format!("{} {} {}", paint.dim("│"), pad(line), paint.dim("│")));
    }
    framed.push(paint.dim(&format!("╰{}╯", rule(COLUMNS + 2))));
    framed
}
