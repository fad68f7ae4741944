//! `billpay demo`: the whole story on one machine, with real sockets, real certificates and real
//! ledgers; at the end the three ledgers are read and held against the invariants.

mod ledgers;
mod plants;
mod proof;
mod stage;
mod story;
mod world;

use serde_json::json;

use self::{stage::Stage, world::World};
use crate::{args::DemoArgs, failure::Failure, shell::Shell};

pub(crate) async fn run(shell: &Shell, asked: &DemoArgs) -> Result<(), Failure> {
    if asked.plants {
        plants::list(shell);
        return Ok(());
    }
    if let Some(name) = &asked.plant {
        plants::plant(shell, name)?;
    }
    let mut stage = Stage::new(shell);
    stage.title();
    let mut world = World::new(shell, asked.keep.as_deref())?;
    story::tell(&mut stage, &mut world).await;
    let findings = proof::prove(&world).await;
    let summary = stage::summary(&stage, &world, &findings);
    stage.curtain(&world, &findings);
    if let Some(folder) = asked.keep.as_deref() {
        shell.line(&format!("{} {}", shell.say("账本保存在", "The ledgers are in"), folder.display()));
    }
    let failed = stage.failed();
    let broken: Vec<String> =
        findings.verdicts.iter().filter(|(_, verdict)| verdict.is_err()).map(|(name, _)| (*name).to_owned()).collect();
    if let (true, true, Some(name)) = (failed.is_empty(), broken.is_empty(), &asked.plant) {
        // A run with a defect in it is never a success, whatever was seen.
        let what = shell.say(
            "种下了缺陷，但这个故事走不到那里；模拟、穷举或测试会找到它：",
            "planted, and this story does not come by it; the simulation, the search or a test finds it:",
        );
        return Err(Failure::new("plant-not-seen", format!("{what} {name}")).with(json!(summary)));
    }
    if failed.is_empty() && broken.is_empty() {
        shell.record(&summary);
        return Ok(());
    }
    let what = shell.say("演示发现问题", "The demo found what must not be");
    let which = failed.iter().cloned().chain(broken).collect::<Vec<_>>().join(", ");
    Err(Failure::new("demo-failed", format!("{what}: {which}")).with(json!(summary)))
}
