//! One connection from end to end: two flows, until one of them is over or the weather turns.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{net::TcpStream, sync::watch};

use super::{
    flow::{Flow, Over},
    struck::{Struck, What},
    weather::{Fate, Way, Weather},
};

/// What a connection is carried with.
pub(super) struct Ride {
    pub fate: Fate,
    /// In which it was drawn.
    pub under: Weather,
    pub weather: watch::Receiver<Weather>,
    pub struck: Arc<Mutex<Struck>>,
}

impl Ride {
    pub(super) fn note(&self, what: What) {
        self.struck.lock().unwrap_or_else(PoisonError::into_inner).note(what);
    }
}

pub(super) async fn carry(mut near: TcpStream, target: SocketAddr, ride: Ride) {
    let Ok(mut far) = TcpStream::connect(target).await else {
        // Nobody is there: a killed process that is not up again. The phone hears what it would hear
        // from the system.
        reset(&near);
        return;
    };
    // Small pieces go at once; what delays them is only ever the weather.
    let _ = (near.set_nodelay(true), far.set_nodelay(true));
    let over = {
        let (near_reader, near_writer) = near.split();
        let (far_reader, far_writer) = far.split();
        let mut weather = ride.weather.clone();
        let up = Flow::new(Way::Up, &ride).carry(near_reader, far_writer);
        let down = Flow::new(Way::Down, &ride).carry(far_reader, near_writer);
        tokio::select! {
            biased;
            // HTTP/2 never closes one direction alone: the end of one is the end of both.
            over = up => over,
            over = down => over,
            () = turns(&mut weather, ride.under) => Over::Done,
        }
    };
    if matches!(over, Over::Cut { reset: true }) {
        reset(&near);
        reset(&far);
    }
    // Dropped here: FIN to both, or RST after `reset`.
}

/// Waits for other weather.
async fn turns(weather: &mut watch::Receiver<Weather>, under: Weather) {
    if weather.wait_for(|now| *now != under).await.is_err() {
        // The proxy is about to end, and everything with it.
        std::future::pending().await
    }
}

/// Has the system answer with RST once this is dropped.
pub(super) fn reset(stream: &TcpStream) {
    // Where that fails it ends in good order: a fault less.
    let _ = stream.set_zero_linger();
}
