//! Breadth first through every world that can be reached, then backwards from the agreed ends.
//!
//! Promises: every reachable world is visited once (up to mirror images); a counterexample is as
//! short as any; worlds from which no way leads to an agreed end are counted, all of them.

use super::{
    invariants::{Finding, is_agreed, violated},
    next::successors,
    seen::Seen,
    variants::Config,
    world::World,
};

/// What a search found.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Worlds visited.
    pub states: usize,
    /// Ways from one to another.
    pub edges: usize,
    /// Worlds without a way to an agreed end. Not counted when the search ended early.
    pub stuck: usize,
    /// The first counterexample of each kind, the shortest first.
    pub found: Vec<Counterexample>,
}

/// How something that must not happen happens.
#[derive(Clone, Debug)]
pub struct Counterexample {
    /// What kind.
    pub finding: Finding,
    /// In words.
    pub what: &'static str,
    /// Step by step.
    pub path: Vec<String>,
}

/// Searches. It ends early once `wanted` is found, or with the first finding if nothing is wanted.
#[must_use]
pub fn search(config: &Config, wanted: Option<Finding>) -> Outcome {
    let mirror = config.payments == 2;
    let form = |world: World| if mirror { world.canonical().pack() } else { world.pack() };
    let mut seen = Seen::default();
    let mut parents: Vec<u32> = Vec::new();
    let mut edges: Vec<u32> = Vec::new();
    let mut ends: Vec<usize> = Vec::new();
    let mut findings: Vec<(Finding, &'static str, u32)> = Vec::new();
    seen.insert(form(World::start()));
    parents.push(0);

    let mut here = 0_u32;
    let mut targets: Vec<u32> = Vec::new();
    let mut early = false;
    while let Some(packed) = seen.get(here) {
        let world = World::unpack(packed);
        if let Some((finding, what)) = violated(config, &world)
            && findings.iter().all(|(known, _, _)| *known != finding)
        {
            findings.push((finding, what, here));
            if wanted.is_none_or(|wanted| wanted == finding) {
                early = true;
                break;
            }
        }
        targets.clear();
        successors(config, &world, &mut |_, then| {
            let (target, new) = seen.insert(form(then));
            if new {
                parents.push(here);
            }
            if target != here {
                targets.push(target);
            }
        });
        targets.sort_unstable();
        targets.dedup();
        edges.extend_from_slice(&targets);
        ends.push(edges.len());
        here += 1;
    }

    let trace = |to: u32| path(config, &seen, &parents, to, &form);
    let mut outcome = Outcome { states: seen.len(), edges: edges.len(), stuck: 0, found: Vec::new() };
    if !early {
        let good = with_a_way(config, &seen, &edges, &ends);
        outcome.stuck = good.iter().filter(|good| !**good).count();
        if let Some(first) = good.iter().position(|good| !good).and_then(|first| u32::try_from(first).ok()) {
            findings.push((Finding::Stuck, "no way leads to an agreed end", first));
        }
    }
    for (finding, what, at) in findings {
        outcome.found.push(Counterexample { finding, what, path: trace(at) });
    }
    outcome
}

/// For each world, whether a way leads to an agreed end. Worlds further from the start tend to be
/// nearer to an end, so a few rounds from the back settle it.
fn with_a_way(config: &Config, seen: &Seen, edges: &[u32], ends: &[usize]) -> Vec<bool> {
    let mut good: Vec<bool> = seen.all().iter().map(|packed| is_agreed(config, &World::unpack(*packed))).collect();
    loop {
        let mut changed = false;
        for at in (0..good.len()).rev() {
            if good.get(at).copied().unwrap_or(true) {
                continue;
            }
            let from = at.checked_sub(1).and_then(|before| ends.get(before)).copied().unwrap_or(0);
            let to = ends.get(at).copied().unwrap_or(from);
            let targets = edges.get(from..to).unwrap_or_default();
            if targets.iter().any(|target| good.get(*target as usize).copied().unwrap_or(false)) {
                if let Some(good) = good.get_mut(at) {
                    *good = true;
                }
                changed = true;
            }
        }
        if !changed {
            return good;
        }
    }
}

/// The shortest way, told of payments that keep their names although the search swaps them.
fn path(config: &Config, seen: &Seen, parents: &[u32], to: u32, form: &dyn Fn(World) -> u128) -> Vec<String> {
    let mut way = vec![to];
    let mut at = to;
    while at != 0 {
        at = parents.get(at as usize).copied().unwrap_or(0);
        way.push(at);
    }
    way.reverse();
    let mut world = World::start();
    let mut steps = Vec::new();
    for at in way.into_iter().skip(1) {
        let Some(wanted) = seen.get(at) else { break };
        let mut step = None;
        successors(config, &world, &mut |label, then| {
            if step.is_none() && form(then) == wanted {
                step = Some((label, then));
            }
        });
        let Some((label, then)) = step else { break };
        steps.push(label.to_string());
        world = then;
    }
    steps
}
