//! `billpay doctor`: what this client thinks of a gateway, step by step, and why. A bank aims it at a server of
//! its own before any phone does; not one byte of HTTP goes out before the pins have been found good.

use std::{path::Path, sync::Arc};

use billpay_core::{
    crypto::{jwk::PublicJwk, suite::RingSuite},
    error::Fault,
    gateway::{
        http::{HttpOptions, HttpTransport, Patience},
        inspect::{Inspection, Link, inspect},
        trust::Trust,
    },
    model::{Language, pins::Label},
    platform::{Clock as _, Method, Request, Response, Route, Transport as _, TransportError, TransportFault},
    system::{SystemClock, TokioExecutor},
};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::{args::Doctor, connection::Connection, failure::Failure, files, shell::Shell, show, trust_file::TrustFile};

/// By what a server is judged.
struct Standard {
    options: HttpOptions,
    /// Where there is a trust document.
    trust: Option<(Trust, PublicJwk)>,
}

pub(crate) async fn run(shell: &Shell, asked: Doctor) -> Result<(), Failure> {
    let (url, file) = aim(shell, &asked)?;
    let standard = standard(shell, &url, &file)?;
    let executor = TokioExecutor::current().map_err(|error| Failure::system("runtime", &error))?;
    let seen = inspect(&standard.options, &url, &executor).await;
    let seen = seen.map_err(|error| unusable(shell, &error.to_string()))?;
    let answer = match &seen.verdict {
        Ok(()) => Some(fetch(&standard, &url).await),
        Err(_) => None,
    };
    // Of the one that it serves where that ends sooner: phones take it over.
    let served_days = || {
        let (Some((_, key)), Some(Ok(response))) = (&standard.trust, &answer) else { return None };
        let body: Value = serde_json::from_slice(&response.body).ok()?;
        let trust = Trust::verify(body.get("trust")?.as_str()?, key, &RingSuite).ok()?;
        Some(days_left(&trust))
    };
    let left = standard.trust.as_ref().map(|(trust, _)| days_left(trust));
    let left = left.map(|left| served_days().map_or(left, |served| served.min(left)));
    let summary = json!({
        "gateway": url, "host": seen.host, "address": seen.address, "protocol": seen.protocol,
        "suite": seen.suite, "alpn": seen.alpn,
        "sent": seen.sent.iter().map(|key| key.map(|key| key.to_string())).collect::<Vec<_>>(),
        "path": seen.path.iter().map(|link| json!({
            "key": link.key.to_string(), "pinned": link.pinned.map(label),
        })).collect::<Vec<_>>(),
        "verdict": verdict(shell, &seen, &standard, answer.as_ref()),
        "answer": answer.as_ref().map(answered), "days_left": left,
    });
    shell.lines(&lines(shell, &url, &seen, &standard, answer.as_ref()));
    if let Err(fault) = &seen.verdict {
        return Err(shell.failure()(Fault::Network(fault.clone())).with(summary));
    }
    match answer {
        Some(Err(error)) => return Err(shell.failure()(Fault::Network(error.kind)).with(summary)),
        Some(Ok(response)) => {
            served(shell, &standard, &seen.path, &response).map_err(|failure| failure.with(summary.clone()))?
        }
        None => {}
    }
    if asked.min_days.is_some() && left.is_none() {
        let line = shell.say(
            "只有公钥，没有期限可查；--min-days 需要信任文件。",
            "Bare pins say no day on which they end: --min-days needs a trust document.",
        );
        return Err(Failure::new("no-trust-document", line).with(summary));
    }
    if let (Some(least), Some(left)) = (asked.min_days, left)
        && left < i64::from(least)
    {
        let line = match shell.language {
            Language::Zh => format!("安全资料还有 {left} 天过期，少于要求的 {least} 天。请签发新的信任文件。"),
            Language::En => format!(
                "The security data expires in {left} days, and {least} were asked for. Sign a new trust document."
            ),
        };
        return Err(Failure::new("expires-soon", line).with(summary));
    }
    shell.line(&shell.paint.good(shell.say("可以连接：本程序会与它通信。", "Good: this client would talk to it.")));
    shell.done(summary);
    Ok(())
}

/// Which server, and by which file.
fn aim(shell: &Shell, asked: &Doctor) -> Result<(String, TrustFile), Failure> {
    let named = shell.gateway.as_ref().and_then(|named| named.to_str()).filter(|named| named.contains("://"));
    match (named, &asked.trust) {
        (Some(url), Some(file)) => Ok((url.trim_end_matches('/').to_owned(), read(shell, file)?)),
        (Some(_), None) => {
            let line = shell.say(
                "请用 --trust 指定判断这个网关所依据的文件（格式见 docs/doctor.md）。",
                "Name the file that this gateway is to be judged by with --trust (docs/doctor.md describes it).",
            );
            Err(Failure::new("no-trust", line))
        }
        (None, Some(_)) => {
            let line = shell.say(
                "请用 --gateway 指定网关地址，例如 https://gw.bank.example。",
                "Name the gateway with --gateway, such as https://gw.bank.example.",
            );
            Err(Failure::new("no-gateway", line))
        }
        (None, None) => {
            let Connection { url, resolve, roots, offline_key, trust, .. } = Connection::find(shell)?;
            let (offline_key, trust) = (Some(offline_key), Some(trust));
            Ok((url, TrustFile { roots, resolve, offline_key, trust, pins: Vec::new() }))
        }
    }
}

fn read(shell: &Shell, path: &Path) -> Result<TrustFile, Failure> {
    let text = files::text(path).map_err(|error| unusable(shell, &error.words(shell)))?;
    TrustFile::read(&text).map_err(|why| unusable(shell, &why))
}

fn unusable(shell: &Shell, why: &str) -> Failure {
    let what = shell.say("无法按所给的资料检查", "what was given to judge by cannot be used");
    Failure::new("trust-unusable", format!("{what}{}{why}", shell.colon()))
}

fn standard(shell: &Shell, url: &str, file: &TrustFile) -> Result<Standard, Failure> {
    let given = |why: String| unusable(shell, &why);
    let trust = file.signed().map_err(given)?;
    let pins = match &trust {
        Some((trust, _)) => trust.pins.clone(),
        None => file.bare_pins(url).map_err(given)?,
    };
    let options = HttpOptions {
        roots: file.roots().map_err(given)?,
        pins,
        clock: Arc::new(SystemClock::new()),
        bank_time: None,
        resolve: file.resolve,
        patience: Patience::default(),
    };
    Ok(Standard { options, trust })
}

/// Asks for the trust document, which anybody may: the first bytes of HTTP, to a server whose keys are good.
async fn fetch(standard: &Standard, url: &str) -> Result<Response, TransportError> {
    let transport = HttpTransport::new(standard.options.clone())
        .map_err(|error| TransportError { kind: TransportFault::Tls(error.to_string()), nothing_sent: true })?;
    let request = Request {
        method: Method::Get,
        url: format!("{url}/v1/trust"),
        headers: Vec::new(),
        body: Vec::new(),
        route: Route::Pinned,
    };
    transport.send(request).await
}

/// Whether it answers as a gateway does, and the document that it serves is one that phones would take.
fn served(shell: &Shell, standard: &Standard, path: &[Link], response: &Response) -> Result<(), Failure> {
    let body: Option<Value> = serde_json::from_slice(&response.body).ok();
    let compact = body.as_ref().and_then(|body| body["trust"].as_str()).filter(|_| response.status == 200);
    // Without the bank's time it is not a gateway's answer, whatever it says.
    let Some(compact) = compact.filter(|_| bank_time(response).is_some()) else {
        return Err(shell.failure()(Fault::Network(TransportFault::BadAnswer)));
    };
    let Some((known, key)) = &standard.trust else { return Ok(()) };
    let bad = |why: &str| {
        let what = shell.say("网关给出的信任文件无法使用", "the trust document that the gateway serves cannot be used");
        Err(Failure::new("served-trust-unusable", format!("{what}{}{why}", shell.colon())))
    };
    let own = standard.options.pins.host();
    match Trust::verify(compact, key, &RingSuite) {
        Ok(trust) if trust.pins.host() != own => bad(shell.say("属于另一个主机", "it is for another host")),
        Ok(trust) if trust.hard_expiry <= SystemClock::new().now() => bad(shell.say("已过期", "it has expired")),
        // Phones take it over, and would not talk to this very server any more.
        Ok(trust) if !path.iter().any(|link| trust.pins.holds(link.key)) => {
            bad(shell.say("其中没有这个网关的密钥", "none of this gateway's keys is pinned in it"))
        }
        Ok(trust) if trust.version < known.version => {
            bad(shell.say("版本比手中的旧", "it is older than the one given"))
        }
        Ok(_) => Ok(()),
        Err(error) => bad(&error.to_string()),
    }
}

fn days_left(trust: &Trust) -> i64 {
    let left = trust.hard_expiry.duration_since(SystemClock::new().now());
    left.as_hours() / 24
}

fn verdict(
    shell: &Shell,
    seen: &Inspection,
    standard: &Standard,
    answer: Option<&Result<Response, TransportError>>,
) -> String {
    let of = |fault: &TransportFault| shell.failure()(Fault::Network(fault.clone())).code;
    match (&seen.verdict, answer) {
        (Err(fault), _) => of(fault),
        (Ok(()), Some(Err(error))) => of(&error.kind),
        (Ok(()), Some(Ok(response))) => served(shell, standard, &seen.path, response)
            .map_or_else(|failure| failure.code, |()| "accepted".to_owned()),
        (Ok(()), None) => "accepted".to_owned(),
    }
}

fn answered(answer: &Result<Response, TransportError>) -> Value {
    match answer {
        Ok(response) => json!({ "status": response.status, "bank_time": bank_time(response) }),
        Err(error) => json!({ "error": error.kind.to_string() }),
    }
}

fn bank_time(response: &Response) -> Option<Timestamp> {
    response.header("bank-time").and_then(|time| time.parse().ok())
}

fn label(label: Label) -> &'static str {
    match label {
        Label::Active => "active",
        Label::Backup => "backup",
    }
}

fn lines(
    shell: &Shell,
    url: &str,
    seen: &Inspection,
    standard: &Standard,
    answer: Option<&Result<Response, TransportError>>,
) -> Vec<String> {
    let none = || shell.say("没有", "none").to_owned();
    let unreached = || shell.say("未连上", "not reached").to_owned();
    let mut pairs = vec![
        (shell.say("网关", "gateway"), url.to_owned()),
        (shell.say("地址", "address"), seen.address.map_or_else(unreached, |address| address.to_string())),
        (
            shell.say("协议", "protocol"),
            // As the standard writes it: TLSv1_3 is rustls's name.
            [
                seen.protocol.as_ref().map(|name| name.replace("TLSv1_", "TLS 1.")),
                seen.suite.clone(),
                seen.alpn.clone(),
            ]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join("  "),
        ),
    ];
    let unreadable = || shell.say("无法读取", "cannot be read").to_owned();
    for (at, key) in seen.sent.iter().enumerate() {
        let name = if at == 0 { shell.say("发来的证书", "sent") } else { "" };
        pairs.push((name, key.map_or_else(unreadable, |key| key.to_string())));
    }
    for (at, link) in seen.path.iter().enumerate() {
        let name = if at == 0 { shell.say("有效路径", "path") } else { "" };
        let pinned = match link.pinned {
            Some(Label::Active) => shell.paint.good(shell.say("  现用密钥", "  pinned, active")),
            Some(Label::Backup) => shell.paint.good(shell.say("  备用密钥", "  pinned, backup")),
            None => String::new(),
        };
        pairs.push((name, format!("{}{pinned}", link.key)));
    }
    if seen.path.is_empty() {
        pairs.push((shell.say("有效路径", "path"), none()));
    }
    if let Some((trust, _)) = &standard.trust {
        let days = days_left(trust);
        let text = format!("#{}  {} {days}", trust.version, shell.say("剩余天数", "days left:"));
        pairs.push((shell.say("信任文件", "trust document"), text));
    }
    if let Some(answer) = answer {
        let text = match answer {
            Ok(response) => {
                let time = bank_time(response).map(|time| shell.moment(time)).unwrap_or_default();
                format!("GET /v1/trust: {}  {time}", response.status)
            }
            Err(error) => format!("GET /v1/trust: {}", error.kind),
        };
        pairs.push((shell.say("应答", "answer"), text));
    }
    pairs.retain(|(_, value)| !value.is_empty());
    show::pairs(shell, &pairs)
}
