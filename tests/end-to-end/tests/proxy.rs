//! The proxy over real sockets: calm weather changes no byte, each fault does just what it says, and the
//! bounds hold.
#![allow(clippy::indexing_slicing, clippy::unwrap_used, reason = "a test may fail there")]

use std::{
    io::{ErrorKind, Read as _, Write as _},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    time::{Duration, Instant},
};

use end_to_end::{
    chance::Chance,
    proxy::{
        CONNECTIONS, Proxy,
        struck::What,
        weather::{Way, Weather},
    },
};

/// Longer than anything here takes, so that nothing hangs.
const PATIENCE: Duration = Duration::from_secs(30);

fn local() -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, 0))
}

/// Whoever listens behind the proxy, and the proxy.
fn road(seed: u64) -> (TcpListener, Proxy) {
    let target = TcpListener::bind(local()).unwrap();
    let proxy = Proxy::start(local(), target.local_addr().unwrap(), seed).unwrap();
    (target, proxy)
}

/// Both ends of a connection through it.
fn pair(target: &TcpListener, proxy: &Proxy) -> (TcpStream, TcpStream) {
    let near = TcpStream::connect(proxy.address()).unwrap();
    let (far, _) = target.accept().unwrap();
    for end in [&near, &far] {
        end.set_read_timeout(Some(PATIENCE)).unwrap();
        end.set_write_timeout(Some(PATIENCE)).unwrap();
    }
    (near, far)
}

/// All that comes until the end, and whether that was a reset.
fn drain(from: &mut TcpStream) -> (Vec<u8>, bool) {
    let mut all = Vec::new();
    let mut piece = [0; 4096];
    loop {
        match from.read(&mut piece) {
            Ok(0) => return (all, false),
            Ok(count) => all.extend_from_slice(&piece[..count]),
            Err(error) if error.kind() == ErrorKind::ConnectionReset => return (all, true),
            Err(error) => unreachable!("a read that is no end: {error}"),
        }
    }
}

/// The fate of the first connection of a proxy of this seed, as the proxy draws it.
fn first_fate(weather: Weather, seed: u64) -> end_to_end::proxy::weather::Fate {
    weather.draw(&mut Chance::new(seed.wrapping_add(0x9e37_79b9)))
}

/// The first seed whose first connection is as wanted.
fn seed(weather: Weather, wanted: impl Fn(&end_to_end::proxy::weather::Fate) -> bool) -> u64 {
    (0..100_000).find(|seed| wanted(&first_fate(weather, *seed))).unwrap()
}

#[test]
fn calm_weather_changes_no_byte_in_either_direction() {
    let (target, proxy) = road(0);
    let (mut near, mut far) = pair(&target, &proxy);
    // More than the proxy keeps under way, so that it has to make the sender wait.
    let bytes: Vec<u8> = (0..1_000_000_u32).map(|at| (at % 251) as u8).collect();
    let sent = bytes.clone();
    let sending = std::thread::spawn(move || {
        far.write_all(&sent).unwrap();
        let mut back = [0; 5];
        far.read_exact(&mut back).unwrap();
        back
    });
    near.write_all(b"hello").unwrap();
    assert_eq!(drain(&mut near).0, bytes);
    assert_eq!(&sending.join().unwrap(), b"hello");
    assert_eq!(proxy.struck().times(What::Connection), 1);
    assert_eq!(proxy.struck().counts().len(), 1);
}

#[test]
fn a_cut_lets_exactly_so_many_bytes_through_and_ends_as_drawn() {
    for (way, reset, what) in [
        (Way::Up, true, What::ResetUp),
        (Way::Up, false, What::EndUp),
        (Way::Down, true, What::ResetDown),
        (Way::Down, false, What::EndDown),
    ] {
        let seed = seed(Weather::Cuts, |fate| {
            fate.cut.is_some_and(|cut| cut.way == way && cut.reset == reset && cut.at > 100)
        });
        let at = first_fate(Weather::Cuts, seed).cut.unwrap().at;
        let (target, proxy) = road(seed);
        proxy.set(Weather::Cuts);
        let (near, far) = pair(&target, &proxy);
        let (mut from, mut to) = if way == Way::Up { (near, far) } else { (far, near) };
        // More than there can be a cut at. The sender may hear of the end before it has sent all.
        let _cut_off = from.write_all(&[7; 20_000]);
        let (came, was_reset) = drain(&mut to);
        assert_eq!((came.len() as u64, was_reset), (at, reset), "{way:?}");
        assert_eq!(proxy.struck().times(what), 1);
    }
}

#[test]
fn what_is_late_is_late_by_150_ms_each_way_and_not_slow() {
    let seed = seed(Weather::Late, |fate| fate.cut.is_none() && fate.jitter.is_zero());
    let (target, proxy) = road(seed);
    proxy.set(Weather::Late);
    let (mut near, mut far) = pair(&target, &proxy);
    let started = Instant::now();
    // Many pieces, one after the other: under way at the same time.
    let sending = std::thread::spawn(move || {
        for _ in 0..20 {
            near.write_all(&[1; 1_000]).unwrap();
        }
        let mut answer = [0; 1];
        near.read_exact(&mut answer).unwrap();
    });
    far.read_exact(&mut [0; 20_000]).unwrap();
    let there = started.elapsed();
    far.write_all(&[2]).unwrap();
    sending.join().unwrap();
    let back = started.elapsed();
    assert!(there >= Duration::from_millis(150) && back >= Duration::from_millis(300), "{there:?} {back:?}");
    assert!(there < Duration::from_millis(20 * 150), "{there:?}");
    assert_eq!(proxy.struck().times(What::Latency), 1);
}

#[test]
fn a_rate_limit_slows_and_a_stall_holds_up_and_neither_loses_a_byte() {
    let slow = seed(Weather::Rough, |fate| fate.cut.is_none() && fate.stall.is_none() && fate.rate.is_some());
    let rate = first_fate(Weather::Rough, slow).rate.unwrap();
    let (target, proxy) = road(slow);
    proxy.set(Weather::Rough);
    let (mut near, mut far) = pair(&target, &proxy);
    let started = Instant::now();
    near.write_all(&[3; 8_000]).unwrap();
    far.read_exact(&mut [0; 8_000]).unwrap();
    assert!(started.elapsed() >= Duration::from_micros(8_000 * 1_000_000 / rate), "{rate} {:?}", started.elapsed());
    assert_eq!(proxy.struck().times(What::Rate), 1);

    let held = seed(Weather::Rough, |fate| {
        let short = fate.stall.is_some_and(|(way, _, long)| way == Way::Up && long < Duration::from_secs(1));
        fate.cut.is_none() && fate.rate.is_none() && short
    });
    let (_, _, long) = first_fate(Weather::Rough, held).stall.unwrap();
    let (target, proxy) = road(held);
    proxy.set(Weather::Rough);
    let (mut near, mut far) = pair(&target, &proxy);
    let started = Instant::now();
    near.write_all(&[4; 8_000]).unwrap();
    far.read_exact(&mut [0; 8_000]).unwrap();
    assert!(started.elapsed() >= long);
    assert_eq!(proxy.struck().times(What::Stall), 1);
}

#[test]
fn a_connection_ends_with_its_weather_and_the_next_one_is_calm() {
    let seed = seed(Weather::Late, |fate| fate.cut.is_none());
    let (target, proxy) = road(seed);
    proxy.set(Weather::Late);
    let (mut near, mut far) = pair(&target, &proxy);
    near.write_all(b"late").unwrap();
    far.read_exact(&mut [0; 4]).unwrap();
    proxy.set(Weather::Calm);
    assert!(drain(&mut near).0.is_empty());
    let (mut near, mut far) = pair(&target, &proxy);
    near.write_all(b"calm").unwrap();
    far.read_exact(&mut [0; 4]).unwrap();
    assert_eq!(proxy.struck().times(What::Latency), 1);
}

#[test]
fn one_connection_too_many_is_reset_and_the_others_live() {
    let (target, proxy) = road(0);
    let mut pairs: Vec<_> = (0..CONNECTIONS).map(|_| pair(&target, &proxy)).collect();
    let mut more = TcpStream::connect(proxy.address()).unwrap();
    more.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(drain(&mut more), (vec![], true));
    assert_eq!(proxy.struck().times(What::Refused), 1);
    let (near, far) = &mut pairs[0];
    near.write_all(b"alive").unwrap();
    far.read_exact(&mut [0; 5]).unwrap();
}

#[test]
fn where_nobody_listens_the_phone_hears_of_it_and_the_proxy_lives() {
    let (target, proxy) = road(0);
    let address = target.local_addr().unwrap();
    drop(target);
    let mut near = TcpStream::connect(proxy.address()).unwrap();
    near.set_read_timeout(Some(PATIENCE)).unwrap();
    assert_eq!(drain(&mut near), (vec![], true));
    // The killed process is back at its place.
    let target = TcpListener::bind(address).unwrap();
    let (mut near, mut far) = pair(&target, &proxy);
    near.write_all(b"back").unwrap();
    far.read_exact(&mut [0; 4]).unwrap();
}

#[test]
fn a_proxy_is_for_this_machine_only() {
    let elsewhere = SocketAddr::from(([192, 0, 2, 1], 443));
    assert!(Proxy::start(local(), elsewhere, 0).is_err());
    assert!(Proxy::start(SocketAddr::from(([0, 0, 0, 0], 0)), local(), 0).is_err());
}
