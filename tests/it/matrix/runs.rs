//! The columns of runs: what a read, a message and a report on a run do under the faults of the table.

use std::sync::Arc;

use fake_port::{Ending, FakePort, Fault, Hint, Profile, Recording, Route};
use port_webhooks::{
    Error, ErrorKind, LogLevel, NodeRunLog, NodeRunPatch, Outcome, RunPatch, RunStatus, Runs,
};
use serde_json::json;

use super::cell::{End, Expected, Fails, all, lost_answer, passes, second_time_lucky, stays};
use crate::support::{StallClock, Stalls, client_of};

const ATTEMPT: std::time::Duration = std::time::Duration::from_millis(60);

#[derive(Clone, Copy, Debug, PartialEq)]
enum Column {
    Get,
    List,
    Logs,
    Update,
    NodeUpdate,
    Log,
    NodeLog,
    Approve,
}

const COLUMNS: [Column; 8] = [
    Column::Get,
    Column::List,
    Column::Logs,
    Column::Update,
    Column::NodeUpdate,
    Column::Log,
    Column::NodeLog,
    Column::Approve,
];

impl Column {
    fn route(self) -> Route {
        match self {
            Self::Get => Route::GetRun,
            Self::List => Route::ListRuns,
            Self::Logs => Route::ListRunLogs,
            Self::Update => Route::UpdateRun,
            Self::NodeUpdate => Route::UpdateNodeRun,
            Self::Log => Route::AddRunLog,
            Self::NodeLog => Route::AddNodeRunLogs,
            Self::Approve => Route::ApproveRun,
        }
    }

    /// What the row says of reads, of what is never repeated when it may have been applied, and of other writes.
    fn of<T>(self, [reads, once, writes]: [T; 3]) -> T {
        match self {
            Self::Get | Self::List | Self::Logs => reads,
            Self::Log | Self::NodeLog | Self::Approve => once,
            Self::Update | Self::NodeUpdate => writes,
        }
    }

    async fn call(self, runs: &Runs) -> Result<(), Error> {
        match self {
            Self::Get => runs.get("r_1").await.map(drop),
            Self::List => runs.find_by_external_id("b-1").await.map(drop),
            Self::Logs => runs.logs("r_1").await.map(drop),
            Self::Update => runs.update("r_1", RunPatch::new().status_label("x")).await.map(drop),
            Self::NodeUpdate => {
                runs.node("wfnr_1").update(NodeRunPatch::new().output(json!({ "a": 1 }))).await
            }
            Self::Log => runs.log("r_1", "x").await.map(drop),
            Self::NodeLog => runs.node("wfnr_1").log([NodeRunLog::new(LogLevel::Info, "x")]).await,
            Self::Approve => runs.approve("r_2").await.map(drop),
        }
    }
}

async fn world() -> (Arc<FakePort>, Runs) {
    let builder = FakePort::builder().profile(Profile::Live).record(Recording::All);
    let builder = builder.run(json!({ "id": "r_1" })).run(json!({ "id": "wfnr_1" }));
    let waits = json!({ "id": "r_2", "status": "WAITING_FOR_APPROVAL" });
    let fake = Arc::new(builder.run(waits).serve().await.unwrap());
    let faulty = Arc::clone(&fake);
    let clock = StallClock::new(ATTEMPT, move || Stalls::of(&faulty));
    let client = client_of(&fake).clock(clock).attempt_timeout(ATTEMPT).build().unwrap();
    // It has its token already.
    client.webhooks().metadata().await.unwrap();
    (fake, client.runs())
}

/// The faults, each with how often a call is sent and how it ends.
fn rows() -> Vec<(Fault, [Expected; 3])> {
    let page = || Fault::status(502).text("text/html", "<h1>Bad gateway</h1>");
    let not_applied = |kind| all(1, kind);
    vec![
        (Fault::reset(), passes(ErrorKind::Transport)),
        (Fault::reset().always(), stays(ErrorKind::Transport)),
        (Fault::dropped().always(), stays(ErrorKind::Transport)),
        (Fault::dropped().applied(), passes(ErrorKind::Transport)),
        (Fault::hanging(), passes(ErrorKind::Timeout)),
        (Fault::status(503), passes(ErrorKind::Server)),
        (Fault::status(503).always(), stays(ErrorKind::Server)),
        (page(), passes(ErrorKind::Server)),
        (Fault::status(504).empty().applied(), passes(ErrorKind::Server)),
        (Fault::broken_body(5, Ending::Reset).always(), lost_answer(3, ErrorKind::Transport)),
        (Fault::status(401), second_time_lucky()),
        (Fault::revoked_token(), second_time_lucky()),
        (Fault::expired_token(), second_time_lucky()),
        (Fault::rate_limited(Hint::Seconds(2)), second_time_lucky()),
        (Fault::rate_limited(Hint::None), second_time_lucky()),
        (Fault::status(403), not_applied(ErrorKind::Permission)),
        (Fault::status(404), not_applied(ErrorKind::NotFound)),
        (Fault::status(413), not_applied(ErrorKind::PayloadTooLarge)),
        (Fault::status(422), not_applied(ErrorKind::Validation)),
        (Fault::not_ok("quota", "too many"), not_applied(ErrorKind::NotOk)),
        (Fault::unknown_fields(), [(1, End::Ok); 3]),
        // The client asks for no compression.
        (Fault::compressed(), lost_answer(1, ErrorKind::Decode)),
    ]
}

#[tokio::test]
async fn calls_on_runs_end_as_the_table_says() {
    let mut wrong = Vec::new();
    for (fault, expected) in rows() {
        for column in COLUMNS {
            let (fake, runs) = world().await;
            fake.inject(fault.clone().on([column.route()]));
            let result = column.call(&runs).await;
            let sent = fake.requests().of([column.route()]).len();
            let end = result.as_ref().map_or_else(|error| Fails(error.kind(), error.outcome()), |()| End::Ok);
            if (sent, end) != column.of(expected) {
                wrong.push(format!(
                    "{column:?} under {fault:?}: sent {sent}, {end:?}, not {:?}",
                    column.of(expected)
                ));
            }
            let applied = fake.ledger().len();
            let is_true = match end {
                Fails(_, Outcome::NotSent | Outcome::NotApplied) => applied == 0,
                End::Ok if column.of([true, false, false]) => applied == 0,
                End::Ok => applied >= 1,
                _ => true,
            };
            assert!(is_true, "{column:?} under {fault:?}: {result:?}, {:?}", fake.ledger());
            assert!(column.of([true, applied <= 1, true]), "{column:?} under {fault:?} is doubled");
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn end_whose_response_is_lost_is_not_set_twice() {
    for fault in [Fault::dropped(), Fault::status(503), Fault::hanging(), Fault::reset()] {
        let (fake, runs) = world().await;
        fake.inject(fault.on([Route::UpdateRun]).applied());
        let patch = RunPatch::new().status(RunStatus::Success);
        let error = runs.update("r_1", patch).await.unwrap_err();
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::RunEnded, Outcome::Unknown), "{error}");
        let run = fake.run("r_1").unwrap();
        assert_eq!((run.status(), run.endings(), fake.ledger().len()), ("SUCCESS", 1, 1));
    }
}
