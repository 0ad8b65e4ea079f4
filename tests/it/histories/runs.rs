//! Random histories of reports on runs: no message is doubled, a run ends once, and callers learn what happened.

use std::sync::Arc;

use fake_port::{FakePort, Profile, Recording, Route};
use port_webhooks::{
    Error, Outcome, Runs,
    types::{LogLevel, NewRunLog, NodeRunLog, NodeRunPatch, NodeRunResult, RunPatch, RunStatus},
};
use serde_json::json;
use tokio::sync::Notify;

use super::dice::{self, Dice};
use super::faults;
use super::number;
use super::player::{BODY_LIMIT, end_stalls};
use crate::support::{StallClock, client_of};

/// Reports that begin in one history.
const REPORTS: u64 = 500;
const RUNS: u64 = 20;

#[derive(Clone, Copy, Debug)]
enum Report {
    Label,
    Log,
    LastLog,
    End,
    Node,
    NodeLog,
    NodeEnd,
    Read,
}

impl Report {
    const ALL: [Self; 8] = [
        Self::Label,
        Self::Log,
        Self::LastLog,
        Self::End,
        Self::Node,
        Self::NodeLog,
        Self::NodeEnd,
        Self::Read,
    ];

    fn route(self) -> Route {
        match self {
            Self::Label | Self::End => Route::UpdateRun,
            Self::Log | Self::LastLog => Route::AddRunLog,
            Self::Node | Self::NodeEnd => Route::UpdateNodeRun,
            Self::NodeLog => Route::AddNodeRunLogs,
            Self::Read => Route::GetRun,
        }
    }

    fn is_of_a_node(self) -> bool {
        matches!(self, Self::Node | Self::NodeLog | Self::NodeEnd)
    }

    async fn send(self, runs: &Runs, id: &str, text: &str) -> Result<(), Error> {
        let failed = RunPatch::new().status(RunStatus::Failure);
        match self {
            Self::Label => runs.update(id, RunPatch::new().status_label(text)).await.map(drop),
            Self::End => runs.update(id, failed.status_label(text)).await.map(drop),
            Self::Log => runs.log(id, text).await.map(drop),
            Self::LastLog => runs.log(id, NewRunLog::new(text).ending(RunStatus::Success)).await.map(drop),
            Self::Node => runs.node(id).update(NodeRunPatch::new().output(json!({ "text": text }))).await,
            Self::NodeLog => runs.node(id).log([NodeRunLog::new(LogLevel::Info, text)]).await,
            Self::NodeEnd => {
                let patch = NodeRunPatch::new().result(NodeRunResult::Success);
                runs.node(id).update(patch.output(json!({ "text": text }))).await
            }
            Self::Read => runs.get(id).await.map(drop),
        }
    }
}

async fn play(seed: u64) -> usize {
    let (limits, mut dice) = (Arc::new(Notify::new()), Dice::new(seed));
    let clock = StallClock::ended_by(Arc::clone(&limits));
    let fake = FakePort::builder().profile(Profile::Live).record(Recording::All);
    let fake = fake.on_activity(end_stalls(limits, &["hang", "breakBody"])).serve().await.unwrap();
    let client = client_of(&fake).clock(clock.clone()).max_response_body(BODY_LIMIT).build().unwrap();
    let (fake, runs) = (Arc::new(fake), client.runs());
    for number in 0..RUNS {
        fake.seed_run(json!({ "id": format!("r_{number}") })).unwrap();
        fake.seed_run(json!({ "id": format!("wfnr_{number}") })).unwrap();
    }
    for number in 0..REPORTS {
        let report = *dice.pick(&Report::ALL);
        // Few ends, so that there is something to report on.
        let ends = matches!(report, Report::End | Report::LastLog | Report::NodeEnd);
        if ends && !dice.percent(15) {
            continue;
        }
        let prefix = if report.is_of_a_node() { "wfnr" } else { "r" };
        let (id, text) = (format!("{prefix}_{}", dice.below(RUNS)), format!("report {number}"));
        let catalogue = match report {
            Report::Read => faults::of_reads(),
            _ => faults::of_writes(report.route()),
        };
        let mut injected = Vec::new();
        for _ in 0..2 {
            if dice.percent(20) {
                let (_, fault) = dice.pick(&catalogue).clone();
                injected.push(fake.inject(fault.on([report.route()]).times(1)));
            }
        }
        let (before, was) = (fake.ledger().len(), fake.run(&id).unwrap());
        let result = report.send(&runs, &id, &text).await;
        let met_fault = injected.iter().any(|fault| fake.hits(*fault).is_some_and(|hits| hits > 0));
        for fault in injected {
            fake.withdraw(fault);
        }
        let (applied, run) = (fake.ledger().len() - before, fake.run(&id).unwrap());

        let place = format!("in the history {seed}: {report:?} on {was:?}\n{result:?}\n{run:?}");
        let is_log = matches!(report, Report::Log | Report::LastLog | Report::NodeLog);
        assert!(run.endings() <= 1, "{place}");
        assert!(!was.has_ended() || run == was, "{place}");
        assert!(applied <= if is_log || ends { 1 } else { 3 }, "{place}");
        let times = run.messages().into_iter().filter(|message| *message == text).count();
        assert_eq!(times, if is_log { applied } else { 0 }, "{place}");
        match result.as_ref().map_err(Error::outcome) {
            Ok(()) if matches!(report, Report::Read) => assert_eq!(applied, 0, "{place}"),
            // Of a run that has ended, a success that a fault makes up is a lie.
            Ok(()) | Err(Outcome::Applied) if was.has_ended() => {
                assert!(met_fault && applied == 0, "{place}");
            }
            Ok(()) | Err(Outcome::Applied) => assert!(applied >= 1 && (!ends || run.has_ended()), "{place}"),
            Err(Outcome::NotSent | Outcome::NotApplied) => assert_eq!(applied, 0, "{place}"),
            Err(_) => {}
        }
    }
    fake.requests().faulty().len()
}

#[tokio::test]
async fn no_report_is_doubled_and_no_run_ends_twice() {
    let operations = number("PORT_WEBHOOKS_OPERATIONS").unwrap_or(2 * REPORTS);
    for _ in 0..operations.div_ceil(REPORTS) {
        let seed = number("PORT_WEBHOOKS_RUN_HISTORY").unwrap_or_else(dice::seed);
        println!("PORT_WEBHOOKS_RUN_HISTORY={seed} replays this history");
        assert!(play(seed).await > 20, "too few requests went wrong");
    }
}
