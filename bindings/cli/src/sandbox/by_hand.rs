//! `rule PAYMENT charged|not-charged PERSON [MINOR]`: a person at the bank says how an order ends that no
//! rule ends. Two have to say the same.

use sandbox_gateway::{
    payments::{
        by_hand::{Heard, NotHeard, Word},
        transition::{Ruling, State},
    },
    server::Sandbox,
};
use serde_json::json;

use super::control::done;
use crate::shell::Shell;

/// What stands behind the command; `None` where that is not all of it, or more.
pub(super) fn word(argument: &str) -> Option<Word> {
    let mut parts = argument.split_whitespace();
    let payment_id = parts.next()?.to_owned();
    let ruling = match parts.next()? {
        "charged" => Ruling::Charged,
        "not-charged" => Ruling::NotCharged,
        _ => return None,
    };
    let person = parts.next()?.to_owned();
    let biller_minor = parts.next().map(str::parse).transpose().ok()?;
    parts.next().is_none().then_some(Word { payment_id, ruling, biller_minor, person })
}

/// Tells the bank, and says what came of it.
pub(super) fn tell(shell: &Shell, sandbox: &Sandbox, word: &Word) {
    let heard = sandbox.gateway().map(|gateway| gateway.rule(word));
    let (step, words) = match &heard {
        Some(Ok(Heard::First)) => {
            ("first", shell.say("已记下，须另一人再说一遍", "noted; another person has to say the same"))
        }
        Some(Ok(Heard::Ended(State::Settled))) => ("settled", shell.say("已人工了结：已付", "ended by hand: paid")),
        Some(Ok(Heard::Ended(_))) => ("reversed", shell.say("已人工了结：已撤销", "ended by hand: undone")),
        Some(Ok(Heard::Borne)) => ("borne", shell.say("差额由银行承担", "the bank bears the difference")),
        Some(Err(_)) | None => ("refused", ""),
    };
    let said = json!({ "event": "rule", "payment_id": word.payment_id, "person": word.person, "step": step });
    let result = match heard {
        None => Err(shell.say("银行没有运行", "the bank does not run").to_owned()),
        Some(heard) => heard.map(|_| ()).map_err(|error| why(shell, &error)),
    };
    done(shell, said, words, result);
}

fn why(shell: &Shell, error: &NotHeard) -> String {
    let chinese = match error {
        NotHeard::NotListed => "这笔付款不在人工处理之列：规则已将它了结，或还能了结",
        NotHeard::SamePerson => "同一人已经说过，须由另一人再说一遍",
        NotHeard::Name => "姓名须为 1 至 60 个可见字符",
        NotHeard::Amount => "收费单位实收金额须为大于 0 的整数（分），且仅用于 charged",
        NotHeard::TooEarly => "为时尚早：有关消息仍可能到达收费单位，请过几分钟再试",
        NotHeard::RefundSent => "撤销请求已经发出：只能以 not-charged 了结",
        NotHeard::Settled => "已付的款项不能撤销",
        NotHeard::CustomerUnknown => "账本中没有这位客户：请先登记",
        NotHeard::Ledger(_) => "账本出错",
    };
    shell.say(chinese, &error.to_string()).to_owned()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    #[test]
    fn a_word_is_whole_or_none() {
        let whole = word("p-1 charged Zhao 12346").unwrap();
        assert_eq!((whole.ruling, whole.biller_minor, whole.person.as_str()), (Ruling::Charged, Some(12_346), "Zhao"));
        assert_eq!(
            word(" p-1  not-charged 钱 ").map(|word| (word.payment_id, word.person)).unwrap(),
            ("p-1".to_owned(), "钱".to_owned())
        );
        for bad in ["", "p-1", "p-1 charged", "p-1 refused Zhao", "p-1 charged Zhao 1.5", "p-1 charged Zhao 1 2"] {
            assert_eq!(word(bad), None, "{bad}");
        }
    }
}
