//! The table itself.

use rcgen::{
    BasicConstraints, CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    KeyPair, NameConstraints, PKCS_ECDSA_P384_SHA384, SanType, date_time_ymd,
};

use super::{
    Case,
    Required::{self, Accept, Reject},
    Setup,
    authority::{Ca, HOST, Issuer, Key, Pki, Workshop, ca_params, issuing, leaf_params, made, pin_of, root, stale},
};
use crate::Outcome;

/// What the bank's gateway answers to whoever asks for the trust document.
const GOOD: &[u8] =
    b"HTTP/1.1 200 OK\r\nbank-time: 2026-11-29T00:00:00Z\r\nconnection: close\r\ncontent-length: 13\r\n\r\n{\"trust\":\"x\"}";

const PIN: Required = Reject(&["pin-mismatch"]);
const UNTRUSTED: Required = Reject(&["untrusted"]);
const NAME: Required = Reject(&["wrong-name"]);
const TIME: Required = Reject(&["certificate-time"]);
const TLS: Required = Reject(&["tls"]);
const HTTP: Required = Reject(&["bad-http"]);

/// The bank's chain with another certificate in front.
fn of(p: &Pki, leaf: String) -> Outcome<Setup> {
    Ok(Setup {
        host: HOST,
        chain: leaf + &p.issuing.pem(),
        key: p.key.serialize_pem(),
        roots: p.root.pem(),
        pins: [pin_of(p.issuing.key()), stale(1)],
        options: Vec::new(),
        answer: Some(GOOD.to_vec()),
    })
}

fn good(p: &Pki) -> Outcome<Setup> {
    of(p, p.good_leaf()?)
}

/// The bank's own chain, with these pins.
fn pinned(active: String, backup: String, p: &Pki) -> Outcome<Setup> {
    Ok(Setup { pins: [active, backup], ..good(p)? })
}

/// The server's certificate with these parameters.
fn with(p: &Pki, change: impl FnOnce(&mut CertificateParams)) -> Outcome<Setup> {
    let mut params = leaf_params(&[HOST])?;
    change(&mut params);
    of(p, p.leaf(&params)?)
}

fn named(p: &Pki, names: &[&str]) -> Outcome<Setup> {
    of(p, p.leaf(&leaf_params(names)?)?)
}

/// An issuing authority with these parameters in the place of the bank's.
fn issued_by(p: &Pki, change: impl FnOnce(&mut CertificateParams)) -> Outcome<Setup> {
    let mut params = ca_params("Issuing");
    change(&mut params);
    let other = issuing(params, p.issuing.key(), &p.root)?;
    let leaf = made(leaf_params(&[HOST])?.signed_by(&p.key, &other))?;
    Ok(Setup { chain: leaf.pem() + &other.pem(), ..good(p)? })
}

/// A key of another kind, the server's certificate by the bank's authority.
fn keyed(p: &Pki, key: &KeyPair) -> Outcome<Setup> {
    let leaf = made(leaf_params(&[HOST])?.signed_by(key, &p.issuing))?;
    Ok(Setup { chain: leaf.pem() + &p.issuing.pem(), key: key.serialize_pem(), ..good(p)? })
}

fn by_openssl(workshop: &Workshop, p: &Pki, key: &Key, hash: &str, more: &[&str]) -> Outcome<Setup> {
    let leaf = workshop.sign(key, &Issuer::from(&p.issuing), hash)?;
    let options = more.iter().map(|option| (*option).to_owned()).collect();
    Ok(Setup {
        chain: leaf + &p.issuing.pem(),
        key: key.pem.clone(),
        pins: [key.pin.clone(), stale(1)],
        options,
        ..good(p)?
    })
}

/// A root by OpenSSL, and right under it the server's certificate of the bank's key.
fn under(workshop: &Workshop, p: &Pki, root: &Key, hash: &str, more: &[&str]) -> Outcome<Setup> {
    let issuer = workshop.root(root)?;
    let own = workshop.known(p.key.serialize_pem())?;
    let chain = workshop.sign(&own, &issuer, hash)?;
    let options = more.iter().map(|option| (*option).to_owned()).collect();
    Ok(Setup { chain, roots: issuer.pem, pins: [root.pin.clone(), stale(1)], options, ..good(p)? })
}

fn speaking(p: &Pki, options: &[&str]) -> Outcome<Setup> {
    Ok(Setup { options: options.iter().map(|option| (*option).to_owned()).collect(), ..good(p)? })
}

fn answering(p: &Pki, answer: &[u8]) -> Outcome<Setup> {
    Ok(Setup { answer: Some(answer.to_vec()), ..good(p)? })
}

/// Every case, made anew.
pub(super) fn all(workshop: &Workshop) -> Outcome<Vec<Case>> {
    let p = Pki::new()?;
    let mut cases = Vec::new();
    let mut case = |name, required, setup: Outcome<Setup>| {
        cases.push(Case { name, required, setup: setup? });
        Outcome::Ok(())
    };

    case("good, the issuing authority is pinned", Accept, good(&p))?;
    case("good, the server's key is pinned", Accept, pinned(pin_of(&p.key), stale(1), &p))?;
    case("good, the root is pinned, which is not sent", Accept, pinned(pin_of(p.root.key()), stale(1), &p))?;
    case("good, only the backup pin is on the path", Accept, pinned(stale(1), pin_of(p.issuing.key()), &p))?;
    case("good, no pin is on the path", PIN, pinned(stale(1), stale(2), &p))?;
    case("renewed certificate, same key, which is pinned", Accept, pinned(pin_of(&p.key), stale(1), &p))?;
    case("new key, the old one is pinned", PIN, {
        let new = made(KeyPair::generate())?;
        let setup = keyed(&p, &new)?;
        Ok(Setup { pins: [pin_of(&p.key), stale(1)], ..setup })
    })?;

    paths(&p, &mut case)?;
    names(&p, &mut case)?;
    certificates(&p, &mut case)?;
    keys(workshop, &p, &mut case)?;
    protocols(workshop, &p, &mut case)?;
    answers(&p, &mut case)?;
    Ok(cases)
}

type Add<'a> = &'a mut dyn FnMut(&'static str, Required, Outcome<Setup>) -> Outcome<()>;

/// What leads from a server to a root, and what only seems to.
fn paths(p: &Pki, case: Add<'_>) -> Outcome<()> {
    let rogue = Pki::new()?;
    let genuine = [pin_of(&p.key), pin_of(p.issuing.key())];
    let beside = |more: String| -> Outcome<Setup> {
        let own = good(&rogue)?;
        let roots = rogue.root.pem() + &p.root.pem();
        Ok(Setup { chain: own.chain + &more, roots, pins: genuine.clone(), ..good(&rogue)? })
    };
    case("another authority that is trusted, not pinned", PIN, beside(String::new()))?;
    case("rogue chain, the genuine certificate appended (CVE-2016-2402)", PIN, beside(p.good_leaf()?))?;
    case("rogue chain, the genuine issuing authority appended", PIN, beside(p.issuing.pem()))?;
    case("an authority that is not trusted", UNTRUSTED, {
        Ok(Setup { roots: p.root.pem(), pins: genuine.clone(), ..good(&rogue)? })
    })?;
    case("an authority that is not trusted certifies the pinned key", UNTRUSTED, {
        let leaf = made(leaf_params(&[HOST])?.signed_by(&p.key, &rogue.issuing))?;
        Ok(Setup { chain: leaf.pem() + &rogue.issuing.pem(), pins: genuine.clone(), ..good(p)? })
    })?;
    case("self-signed", UNTRUSTED, {
        let own = made(leaf_params(&[HOST])?.self_signed(&rogue.key))?;
        Ok(Setup { chain: own.pem(), key: rogue.key.serialize_pem(), ..good(p)? })
    })?;
    case("self-signed by the pinned key", UNTRUSTED, {
        let own = made(leaf_params(&[HOST])?.self_signed(&p.key))?;
        Ok(Setup { chain: own.pem(), pins: genuine.clone(), ..good(p)? })
    })?;
    case("the issuing authority is not sent", UNTRUSTED, Ok(Setup { chain: p.good_leaf()?, ..good(p)? }))?;
    case("the root is sent, too", Accept, {
        Ok(Setup { chain: p.good_leaf()? + &p.issuing.pem() + &p.root.pem(), ..good(p)? })
    })?;
    case("the root is sent before the issuing authority", Accept, {
        Ok(Setup { chain: p.good_leaf()? + &p.root.pem() + &p.issuing.pem(), ..good(p)? })
    })?;
    let second = root("Second root")?;
    let cross = issuing(ca_params("Issuing"), p.issuing.key(), &second)?;
    let crossed = |pin: &Ca| -> Outcome<Setup> {
        let chain = p.good_leaf()? + &p.issuing.pem() + &cross.pem();
        Ok(Setup { chain, roots: p.root.pem() + &second.pem(), pins: [pin_of(pin.key()), stale(1)], ..good(p)? })
    };
    case("cross-signed, the first root is pinned", Accept, crossed(&p.root))?;
    case("cross-signed, the second root is pinned", Accept, crossed(&second))?;
    let middle = issuing(ca_params("Middle"), &made(KeyPair::generate())?, &p.issuing)?;
    let last = issuing(ca_params("Last"), &made(KeyPair::generate())?, &middle)?;
    case("three authorities between server and root", Accept, {
        let leaf = made(leaf_params(&[HOST])?.signed_by(&p.key, &last))?;
        Ok(Setup { chain: leaf.pem() + &last.pem() + &middle.pem() + &p.issuing.pem(), ..good(p)? })
    })?;
    case("an authority under one that may have none (path length)", TLS, {
        let mut params = ca_params("Issuing");
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        let short = issuing(params, p.issuing.key(), &p.root)?;
        let below = issuing(ca_params("Middle"), &made(KeyPair::generate())?, &short)?;
        let leaf = made(leaf_params(&[HOST])?.signed_by(&p.key, &below))?;
        Ok(Setup { chain: leaf.pem() + &below.pem() + &short.pem(), ..good(p)? })
    })?;
    case(
        "issued by a certificate that is no authority",
        TLS,
        issued_by(p, |params| params.is_ca = IsCa::ExplicitNoCa),
    )?;
    case("an authority's certificate as the server's", TLS, {
        let mut params = leaf_params(&[HOST])?;
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        of(p, p.leaf(&params)?)
    })?;
    let constrained = |permitted: &str| {
        let permitted = vec![GeneralSubtree::DnsName(permitted.to_owned())];
        issued_by(p, |params| {
            params.name_constraints =
                Some(NameConstraints { permitted_subtrees: permitted, excluded_subtrees: Vec::new() });
        })
    };
    case("an authority for names of the bank", Accept, constrained("bank.test"))?;
    case("an authority for other names", TLS, constrained("other.test"))?;
    case("an authority for all names but the bank's", TLS, {
        issued_by(p, |params| {
            let excluded_subtrees = vec![GeneralSubtree::DnsName("bank.test".to_owned())];
            params.name_constraints = Some(NameConstraints { permitted_subtrees: Vec::new(), excluded_subtrees });
        })
    })
}

/// 银行.bank.test, as it stands in a certificate.
const PUNYCODE: &str = "xn--jn2a72x.bank.test";

fn names(p: &Pki, case: Add<'_>) -> Outcome<()> {
    case("a wildcard that covers the host", Accept, named(p, &["*.bank.test"]))?;
    case("the host in capital letters", Accept, named(p, &["GW.BANK.TEST"]))?;
    case("the host among others", Accept, named(p, &["a.test", HOST, "b.test"]))?;
    case("another host", NAME, named(p, &["evil.test"]))?;
    case("a part of the host", NAME, named(p, &["bank.test"]))?;
    case("a deeper name", NAME, named(p, &["a.gw.bank.test"]))?;
    case("a wildcard one level too deep", NAME, named(p, &["*.gw.bank.test"]))?;
    case("the host's name with more after it", NAME, named(p, &["gw.bank.test.evil.test"]))?;
    case("a common name and no alternative name", NAME, {
        with(p, |params| {
            params.subject_alt_names.clear();
            params.distinguished_name.push(DnType::CommonName, HOST);
        })
    })?;
    case("a wildcard within a name", NAME, named(p, &["g*.bank.test"]))?;
    case("a wildcard for everything", NAME, named(p, &["*"]))?;
    case("the host with a dot behind it, in the certificate", NAME, named(p, &["gw.bank.test."]))?;
    let asked = |host, names: &[&str]| Ok(Setup { host, ..named(p, names)? });
    case("the host with a dot behind it, asked for", Reject(&["trust-unusable"]), asked("gw.bank.test.", &[HOST]))?;
    case("a host in punycode", Accept, asked(PUNYCODE, &[PUNYCODE]))?;
    case("a host in punycode, a wildcard that covers it", Accept, asked(PUNYCODE, &["*.bank.test"]))?;
    case("a host in punycode, a wildcard within it", NAME, asked(PUNYCODE, &["xn--*.bank.test"]))?;
    case("a host in punycode, the certificate of one that looks alike", NAME, {
        asked(PUNYCODE, &["xn--fiq64b.bank.test"])
    })?;
    case("a host in Chinese characters, asked for", Reject(&["trust-unusable"]), asked("银行.bank.test", &[PUNYCODE]))?;
    case("its address and no name", NAME, {
        with(p, |params| {
            params.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())];
        })
    })
}

fn certificates(p: &Pki, case: Add<'_>) -> Outcome<()> {
    case("expired", TIME, with(p, |params| params.not_after = date_time_ymd(2026, 1, 1)))?;
    case("not yet valid", TIME, with(p, |params| params.not_before = date_time_ymd(2090, 1, 1)))?;
    case("an authority that has expired", TIME, issued_by(p, |params| params.not_after = date_time_ymd(2026, 1, 1)))?;
    case("no extended key usage", Accept, with(p, |params| params.extended_key_usages.clear()))?;
    case("for clients", TLS, {
        with(p, |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth])
    })?;
    let extended = |oid: &[u64], content: &[u8], critical| {
        with(p, |params| {
            let mut extension = CustomExtension::from_oid_content(oid, content.to_vec());
            extension.set_criticality(critical);
            params.custom_extensions.push(extension);
        })
    };
    let unknown = [1, 3, 6, 1, 4, 1, 99_999, 1];
    case("an extension that is critical and unknown", TLS, extended(&unknown, &[5, 0], true))?;
    case("an extension that is unknown and not critical", Accept, extended(&unknown, &[5, 0], false))?;
    // RFC 7633, status_request: revocation is not asked, so nothing is missed but what nobody looks at.
    let staple = ([1, 3, 6, 1, 5, 5, 7, 1, 24], [0x30, 3, 2, 1, 5]);
    case("must-staple, and nothing is stapled", Accept, extended(&staple.0, &staple.1, false))?;
    case("must-staple and critical, and nothing is stapled", TLS, extended(&staple.0, &staple.1, true))
}

fn keys(workshop: &Workshop, p: &Pki, case: Add<'_>) -> Outcome<()> {
    case("a P-384 key", Accept, keyed(p, &made(KeyPair::generate_for(&PKCS_ECDSA_P384_SHA384))?))?;
    let edwards = workshop.key(&["-algorithm", "ED25519"])?;
    case("an Ed25519 key", Accept, by_openssl(workshop, p, &edwards, "sha256", &[]))?;
    let rsa = |bits: &str| workshop.key(&["-algorithm", "RSA", "-pkeyopt", &format!("rsa_keygen_bits:{bits}")]);
    case("an RSA key of 2048 bits", Accept, by_openssl(workshop, p, &rsa("2048")?, "sha256", &[]))?;
    case("an RSA key of 4096 bits", Accept, by_openssl(workshop, p, &rsa("4096")?, "sha256", &[]))?;
    case(
        "an RSA key of 1024 bits",
        Reject(&["tls", "untrusted"]),
        by_openssl(workshop, p, &rsa("1024")?, "sha256", &WEAK),
    )?;
    let large = workshop.known(include_str!("rsa-8192.pem").to_owned())?;
    case("an RSA key of 8192 bits", Accept, by_openssl(workshop, p, &large, "sha256", &[]))?;
    case("an RSA root of 8192 bits", Accept, under(workshop, p, &large, "sha256", &[]))?;
    let key = rsa("2048")?;
    case("an RSA root of 2048 bits", Accept, under(workshop, p, &key, "sha256", &[]))?;
    case("certified with MD5", Reject(&["tls", "untrusted"]), under(workshop, p, &key, "md5", &WEAK))?;
    case("certified with SHA-1, by an RSA root", Reject(&["tls", "untrusted"]), {
        under(workshop, p, &key, "sha1", &WEAK)
    })?;
    case("certified with SHA-1", Reject(&["tls", "untrusted"]), by_openssl(workshop, p, &key, "sha1", &WEAK))?;
    let curve = workshop.key(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"])?;
    case("a P-521 key", TLS, by_openssl(workshop, p, &curve, "sha256", &[]))?;
    let other = workshop.key(&["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:secp256k1"])?;
    case("a key on another curve (secp256k1)", TLS, by_openssl(workshop, p, &other, "sha256", &[]))
}

/// OpenSSL refuses by itself what is too weak, unless it is told otherwise.
const WEAK: [&str; 2] = ["-cipher", "ALL:@SECLEVEL=0"];

fn protocols(workshop: &Workshop, p: &Pki, case: Add<'_>) -> Outcome<()> {
    let suite = |name| speaking(p, &["-tls1_3", "-ciphersuites", name]);
    case("TLS 1.3, AES-128-GCM", Accept, suite("TLS_AES_128_GCM_SHA256"))?;
    case("TLS 1.3, AES-256-GCM", Accept, suite("TLS_AES_256_GCM_SHA384"))?;
    case("TLS 1.3, ChaCha20-Poly1305", Accept, suite("TLS_CHACHA20_POLY1305_SHA256"))?;
    case("TLS 1.3, AES-128-CCM alone", TLS, suite("TLS_AES_128_CCM_SHA256"))?;
    case("TLS 1.3, a group that the client has not (P-521)", TLS, speaking(p, &["-tls1_3", "-groups", "P-521"]))?;
    case("TLS 1.2, ECDHE with AES-GCM", TLS, speaking(p, &["-tls1_2"]))?;
    let rsa = workshop.key(&["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"])?;
    let old = |options: &[&str]| by_openssl(workshop, p, &rsa, "sha256", options);
    for (name, cipher) in [
        ("TLS 1.2, ECDHE with AES-CBC and SHA-1", "ECDHE-RSA-AES128-SHA"),
        ("TLS 1.2, ECDHE with AES-CBC and SHA-256", "ECDHE-RSA-AES128-SHA256"),
        ("TLS 1.2, static RSA", "AES128-GCM-SHA256"),
        ("TLS 1.2, DHE", "DHE-RSA-AES128-GCM-SHA256"),
        ("TLS 1.2, no encryption", "NULL-SHA256"),
    ] {
        let cipher = format!("{cipher}:@SECLEVEL=0");
        case(name, TLS, old(&["-tls1_2", "-cipher", &cipher]))?;
    }
    case("TLS 1.1", TLS, old(&["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]))?;
    case("TLS 1.0", TLS, old(&["-tls1", "-cipher", "ALL:@SECLEVEL=0"]))?;
    // The client has long finished its handshake when it hears of it.
    case(
        "a client certificate is asked for",
        Reject(&["tls", "interrupted"]),
        speaking(p, &["-tls1_3", "-Verify", "1"]),
    )?;
    case("no TLS at all", TLS, Ok(Setup { answer: None, ..good(p)? }))
}

fn answers(p: &Pki, case: Add<'_>) -> Outcome<()> {
    let portal = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 22\r\n\r\n<html>Sign in</html>\r\n";
    case("good TLS, a captive portal's page", HTTP, answering(p, portal))?;
    let away = b"HTTP/1.1 302 Found\r\nlocation: http://evil.test/\r\ncontent-length: 0\r\n\r\n";
    case("good TLS, a redirect to another host", HTTP, answering(p, away))?;
    let short = b"HTTP/1.1 200 OK\r\nbank-time: 2026-11-29T00:00:00Z\r\ncontent-length: 1300\r\n\r\n{\"trust\":\"x\"}";
    case("good TLS, an answer that ends too early", Reject(&["interrupted"]), answering(p, short))?;
    let two = b"HTTP/1.1 200 OK\r\nbank-time: 2026-11-29T00:00:00Z\r\ncontent-length: 13\r\ncontent-length: 5\r\n\r\n{\"trust\":\"x\"}";
    case("good TLS, two lengths", HTTP, answering(p, two))?;
    let both = b"HTTP/1.1 200 OK\r\nbank-time: 2026-11-29T00:00:00Z\r\ncontent-length: 5\r\ntransfer-encoding: chunked\r\n\r\nd\r\n{\"trust\":\"x\"}\r\n0\r\n\r\n";
    case("good TLS, a length and chunks", Accept, answering(p, both))?;
    let large = [&b"HTTP/1.1 200 OK\r\nbank-time: 2026-11-29T00:00:00Z\r\n\r\n"[..], &vec![b' '; 3 << 20]].concat();
    case("good TLS, more than an answer may have", HTTP, answering(p, &large))?;
    case("good TLS, no HTTP", HTTP, answering(p, b"\x00\x01\x02 no HTTP\r\n\r\n"))?;
    case("good TLS, nothing", Reject(&["interrupted"]), answering(p, b""))
}
