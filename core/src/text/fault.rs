//! What any operation may meet: the network, the keys, the disk, the bank.

use super::{Advice, Arguments, Happening, Value, codes::codes};
use crate::{error::Fault, platform::TransportFault};

codes! {
    /// What happened, of a [`Fault`].
    FaultText {
        NotActivated "not-activated": "本机尚未激活。", "This device is not activated.";
        DeviceRevoked "device-revoked": "本机已被停用：您在另一台设备上激活了，或银行已停用本机。", "This device is no longer active: another device took over, or the bank revoked it.";
        DeviceUnknown "device-unknown": "银行不认识这台设备。", "The bank does not know this device.";
        ClientTooOld "client-too-old": "应用版本过旧，银行要求{minimum}或更高版本。", "The app is too old; the bank asks for {minimum} or later.";
        Unreachable "unreachable": "无法连接到银行。", "The bank cannot be reached.";
        Interrupted "interrupted": "连接中断，未收到完整的答复。", "The connection broke before the whole answer arrived.";
        PinMismatch "pin-mismatch": "连接不安全：对方的证书有效，但不是银行的密钥。未发送任何资料。", "The connection is not safe: the certificate is valid, but its key is not the bank's. Nothing was sent.";
        Untrusted "untrusted": "连接不安全：对方的证书不受信任。未发送任何资料。", "The connection is not safe: the certificate is not trusted. Nothing was sent.";
        WrongName "wrong-name": "连接不安全：证书属于另一个网站。未发送任何资料。", "The connection is not safe: the certificate is for another host. Nothing was sent.";
        CertificateTime "certificate-time": "对方的证书不在有效期内。未发送任何资料。", "The certificate is not valid at this time. Nothing was sent.";
        ClockWrong "clock-wrong": "本机的时间不正确，无法安全连接。", "This device's clock is wrong, so no safe connection can be made.";
        Tls "tls": "无法建立安全连接。", "No safe connection could be made.";
        BadHttp "bad-http": "答复不是银行的格式。", "The answer is not one that the bank gives.";
        PinsExpired "pins-expired": "应用中的安全资料已过期。", "The app's security data has expired.";
        Locked "locked": "本机已锁定，暂时无法使用密钥。", "This device is locked, so its keys cannot be used.";
        Cancelled "cancelled": "您已取消。", "You cancelled it.";
        KeyLost "key-lost": "本机的密钥已丢失，这里需要它的事无法再办理。", "This device's key is lost; what needs it here cannot be done any more.";
        KeyStore "key-store": "本机的密钥存储出错（{detail}）。", "This device's key store failed ({detail}).";
        Suspended "suspended": "应用正在后台休眠。", "The app is asleep in the background.";
        DiskFull "disk-full": "本机存储空间已满；没有更改，也没有发送。", "This device's storage is full; nothing was changed and nothing was sent.";
        Store "store": "本机的资料无法读取或写入（{detail}）。", "What is stored on this device cannot be read or written ({detail}).";
        RateLimited "rate-limited": "操作过于频繁。", "There were too many requests.";
        Gateway "gateway": "银行系统出现问题（{kind}，{status}）。", "The bank's system has a problem ({kind}, {status}).";
        BadAnswer "bad-answer": "银行的答复不符合约定（{detail}）。", "The bank's answer is not what was agreed ({detail}).";
        ShuttingDown "shutting-down": "应用正在关闭。", "The app is shutting down.";
        Defect "defect": "应用内部出错；已保存的内容不受影响。", "A part of the app failed; what was stored stays stored.";
    }
}

/// A fault as a person is told of it. What it means for money is the operation's to say.
pub(super) fn happening(fault: &Fault, arguments: Arguments) -> Happening {
    use FaultText as F;
    let plain = |code: F, advice| Happening::new(code, advice, arguments.clone());
    let detail = |code: F, detail: String, advice| {
        Happening::new(code, advice, arguments.clone().with("detail", Value::Text(detail)))
    };
    match fault {
        Fault::NotActivated => plain(F::NotActivated, Advice::Activate),
        Fault::DeviceRevoked => plain(F::DeviceRevoked, Advice::ActivateAgain),
        Fault::DeviceUnknown => plain(F::DeviceUnknown, Advice::ActivateAgain),
        Fault::ClientTooOld { minimum } => {
            let arguments = arguments.with("minimum", minimum.as_str().into());
            Happening::new(F::ClientTooOld, Advice::UpdateApp, arguments)
        }
        Fault::Network(fault) => {
            let (code, advice) = network(fault);
            plain(code, advice)
        }
        Fault::Locked => plain(F::Locked, Advice::UnlockDevice),
        Fault::Cancelled => plain(F::Cancelled, Advice::Nothing),
        Fault::KeyLost => plain(F::KeyLost, Advice::ActivateAgain),
        Fault::KeyStore(error) => detail(F::KeyStore, error.to_string(), Advice::CallBank),
        Fault::Suspended => plain(F::Suspended, Advice::OpenAgain),
        Fault::DiskFull => plain(F::DiskFull, Advice::FreeSpace),
        Fault::Store(error) => detail(F::Store, error.to_string(), Advice::KeepFile),
        Fault::RateLimited { retry_at } => plain(F::RateLimited, Advice::WaitAWhile).wait_until(*retry_at),
        Fault::Gateway { kind, status } => {
            let kind = if kind.is_empty() { "?" } else { kind };
            let arguments = arguments.with("kind", kind.into()).with("status", Value::Text(status.to_string()));
            Happening::new(F::Gateway, Advice::CallBank, arguments)
        }
        Fault::BadAnswer(what) => detail(F::BadAnswer, (*what).to_owned(), Advice::CallBank),
        Fault::ShuttingDown => plain(F::ShuttingDown, Advice::OpenAgain),
        Fault::Defect => plain(F::Defect, Advice::OpenAgain),
    }
    .acted_on_by(fault.who_acts())
}

fn network(fault: &TransportFault) -> (FaultText, Advice) {
    use FaultText as F;
    match fault {
        TransportFault::Unreachable => (F::Unreachable, Advice::CheckNetwork),
        TransportFault::Interrupted => (F::Interrupted, Advice::CheckNetwork),
        TransportFault::PinMismatch { .. } => (F::PinMismatch, Advice::CallBankUnsafe),
        TransportFault::Untrusted => (F::Untrusted, Advice::CallBankUnsafe),
        TransportFault::WrongName => (F::WrongName, Advice::CallBankUnsafe),
        TransportFault::CertificateTime => (F::CertificateTime, Advice::CallBankUnsafe),
        TransportFault::ClockWrong => (F::ClockWrong, Advice::CheckClock),
        TransportFault::Tls(_) => (F::Tls, Advice::CallBankUnsafe),
        TransportFault::BadAnswer => (F::BadHttp, Advice::CallBank),
        TransportFault::PinsExpired => (F::PinsExpired, Advice::UpdateApp),
    }
}
