//! Pins, pin sets, and the addresses of gateways.

use billpay_core::{
    gateway::http::gateway_host,
    model::pins::{Label, Pin, PinSet},
};

use crate::chosen::chosen_text;

/// `a`: a host, then a line for each pin, `LABEL PIN`. `b`: the address of a gateway.
pub fn check(data: &[u8]) {
    match chosen_text(data, 2) {
        Some((0, text)) => set(text),
        Some((_, text)) => address(text),
        None => {}
    }
}

fn set(text: &str) {
    let mut lines = text.lines();
    let host = lines.next().unwrap_or_default();
    let mut pins = Vec::new();
    for line in lines {
        let (label, pin) = line.split_once(' ').unwrap_or(("", line));
        let read: Result<Pin, _> = pin.parse();
        let Ok(read) = read else { continue };
        // Pin rule 1, and one spelling for one pin.
        assert_eq!(read.to_string(), pin);
        assert_eq!(pin.len(), "sha256/".len() + 44);
        let Ok(label) = label.parse::<Label>() else { continue };
        pins.push((read, label));
    }
    let made = PinSet::new(host, pins.clone());
    let labelled = |wanted| pins.iter().any(|(_, label)| *label == wanted);
    let different = pins.iter().enumerate().all(|(at, (pin, _))| pins[..at].iter().all(|(earlier, _)| earlier != pin));
    // Pin rule 4: two or more, none twice, one of each label.
    let enough = pins.len() >= 2 && different && labelled(Label::Active) && labelled(Label::Backup);
    let Ok(set) = made else {
        assert!(!enough || PinSet::new("gw.bank.example", pins).is_ok(), "a set was refused for its pins");
        return;
    };
    assert!(enough, "a set that could lock every phone out");
    // Pin rule 5: one exact host.
    exact(set.host());
    assert_eq!(set.host(), host.to_ascii_lowercase());
    assert_eq!(set.pins(), pins);
    assert!(pins.iter().all(|(pin, _)| set.holds(*pin)));
}

fn address(text: &str) {
    let Some(host) = gateway_host(text) else { return };
    exact(&host);
    let rest =
        text.strip_prefix("https://").expect("a gateway without TLS").strip_prefix(&*host).expect("another host");
    let port = rest.strip_suffix('/').unwrap_or(rest);
    if let Some(port) = port.strip_prefix(':') {
        let number: u16 = port.parse().expect("a port that is none");
        assert!(number != 443 && number.to_string() == port, "signed in one spelling and sent in another");
    } else {
        assert!(port.is_empty(), "{port:?} behind the host");
    }
}

/// A name or an address, in the one spelling that it has on the wire.
fn exact(host: &str) {
    let plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b':' | b'[' | b']');
    assert!(!host.is_empty() && host.bytes().all(plain) && !host.ends_with('.'), "{host:?} is no exact host");
}
