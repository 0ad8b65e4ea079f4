//! The whole loop through real sockets while a tenth of the requests go wrong: a fake Port invokes an action, a service
//! verifies and handles the delivery, and the client reports. What the fake has is held against what handlers did.
//!
//! `PORT_WEBHOOKS_RUNS=10000` looks longer, and `FAKE_PORT_SEED` replays the faults of one failure.

use std::collections::HashMap;
use std::env;
use std::pin::Pin;
use std::time::{Duration, Instant, SystemTime};

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use fake_port::{Ending, FakePort, Fault, FaultPlan, Hint, Profile, Route, StoredRun};
use futures_util::{StreamExt as _, stream};
use port_webhooks::{
    Runs,
    types::{Clock, Report, Reported, SystemClock},
};
use port_webhooks_receiver::{Received, ReceiverLayer, ReplayGuard, Verifier};
use serde_json::{Value, json};

use crate::support::client_of;

/// Runs between two drains, which return no more than 1,000 reports.
const BATCH: usize = 500;
/// The most runs at once.
const AT_ONCE: usize = 32;
/// The deadline of a drain, in real time. No drain takes that long.
const LONG: Duration = Duration::from_secs(600);

/// A clock that stands still, on which no wait takes time: a reporter never gives up.
#[derive(Debug)]
struct StillClock(Instant);

impl Clock for StillClock {
    fn now(&self) -> Instant {
        self.0
    }

    fn wall(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }

    fn sleep(&self, _: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(tokio::task::yield_now())
    }
}

/// Faults that do not lie: none says no to what was carried out, or yes to what was not. No token ends: two that end in a
/// row, as happens with several runs at once, are an error of the credentials, after which a reporter gives up.
fn faults() -> FaultPlan {
    let page = |status| Fault::status(status).text("text/html", "<h1>Bad gateway</h1>");
    let faults = [
        Fault::status(503),
        Fault::status(503).header("retry-after", "2"),
        Fault::status(500).applied(),
        Fault::status(503).applied(),
        Fault::status(504).empty().applied(),
        Fault::status(408).applied(),
        page(502),
        page(502).applied(),
        Fault::rate_limited(Hint::Seconds(2)),
        Fault::rate_limited(Hint::None),
        Fault::dropped(),
        Fault::dropped().applied(),
        Fault::reset(),
        Fault::reset().applied(),
        Fault::truncated(20),
        Fault::broken_body(5, Ending::Close),
        Fault::broken_body(5, Ending::Reset),
        Fault::unknown_fields(),
        Fault::compressed(),
    ];
    let of_runs = [Route::UpdateRun, Route::AddRunLog, Route::UpdateNodeRun, Route::AddNodeRunLogs];
    FaultPlan::random().faults(faults.into_iter().map(|fault| fault.on(of_runs)))
}

/// What the handler of a run does, as the input `ending` says.
const ENDINGS: [(&str, &str, &str); 5] = [
    ("succeeds", "SUCCESS", ""),
    ("fails", "FAILURE", "the quota is used up"),
    ("panics", "FAILURE", "The handler panicked."),
    ("is cancelled", "FAILURE", "The handler was cancelled"),
    ("reports", "SUCCESS", "3 replicas are ready"),
];
const LINES: usize = 7;

fn lines(run: &str) -> impl Iterator<Item = String> {
    (0..LINES).map(move |number| format!("{run} line {number}"))
}

/// Verified already: starts the work, and accepts.
async fn accept(State(runs): State<Runs>, received: Received) -> StatusCode {
    let delivery = received.delivery();
    let Some(id) = delivery.run_id().map(str::to_owned) else { return StatusCode::BAD_REQUEST };
    let ending = delivery.json::<Value>().unwrap()["ending"].as_str().unwrap().to_owned();
    let report = runs.reporter(&id);
    let log = report.logger();
    let work = tokio::spawn(async move {
        if ending == "reports" {
            lines(&id).for_each(|line| report.log(line));
            drop(report.succeed("3 replicas are ready"));
            return;
        }
        let handler = async {
            for line in lines(&id) {
                log.log(line);
                tokio::task::yield_now().await;
            }
            match ending.as_str() {
                "succeeds" => Ok(()),
                "fails" => Err("the quota is used up"),
                // Without the hook, which would print it.
                "panics" => std::panic::resume_unwind(Box::new("on purpose")),
                _ => std::future::pending().await,
            }
        };
        let mut reported = std::pin::pin!(report.run(handler));
        if ending == "is cancelled" {
            // Longer than the handler needs for its lines; then it is dropped.
            for _ in 0..=2 * LINES {
                assert!(futures_util::poll!(reported.as_mut()).is_pending());
                tokio::task::yield_now().await;
            }
        } else {
            let _ = reported.await;
        }
    });
    drop(work);
    StatusCode::ACCEPTED
}

/// Compares a run with what its handler did and with what the client says of it.
fn hold(run: &StoredRun, ending: (&str, &str, &str), report: Option<&Report>) {
    let (name, status, summary) = ending;
    let place = format!("{name}: {run:?}\n{report:?}");
    assert_eq!((run.status(), run.endings()), (status, 1), "{place}");
    assert!(run.summary().unwrap_or_default().starts_with(summary), "{place}");
    let found: Vec<_> = run.messages().into_iter().flat_map(str::lines).map(str::to_owned).collect();
    let written: Vec<_> = lines(&run.id).collect();
    // Each line once at most, and in the order in which it was written.
    let mut rest = written.iter();
    for line in &found {
        assert!(rest.any(|written| written == line), "doubled or out of order: {line}\n{place}");
    }
    let missing = (written.len() - found.len()) as u64;
    let Some(report) = report else {
        assert_eq!(missing, 0, "lost without a report\n{place}");
        return;
    };
    assert_ne!(report.end, Reported::No, "{place}");
    assert_eq!(report.lines_lost, 0, "{place}");
    assert_eq!(report.lines_reported + report.lines_unknown, LINES as u64, "{place}");
    assert!(missing <= report.lines_unknown, "{place}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn invoked_runs_end_once_as_their_handlers_did() {
    let count = env::var("PORT_WEBHOOKS_RUNS").map_or(BATCH, |text| text.parse().unwrap());
    let fake = FakePort::builder().profile(Profile::Live).start().await.unwrap();
    let client = client_of(&fake).clock(StillClock(SystemClock.now())).build().unwrap();
    let verifier = Verifier::timestamped(fake.client_secret()).build().unwrap();
    let layer = ReceiverLayer::new(verifier).replay(ReplayGuard::in_memory());
    let app = Router::new().route("/scale", post(accept).layer(layer)).with_state(client.runs());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/scale", listener.local_addr().unwrap());
    let service = tokio::spawn(async move { axum::serve(listener, app).await });
    let action = json!({
        "identifier": "scale",
        "trigger": { "type": "self-service", "operation": "CREATE" },
        "invocationMethod": {
            "type": "WEBHOOK",
            "url": url,
            "body": { "ending": "{{ .inputs.ending }}", "port_context": { "runId": "{{ .run.id }}" } },
        },
    });
    fake.follow(faults());

    let (mut unknown, mut faulty) = (0, 0);
    for first in (0..count).step_by(BATCH) {
        let numbers = first..count.min(first + BATCH);
        let invoke = async |number: usize| {
            let ending = ENDINGS[number % ENDINGS.len()];
            let invoked = fake.invoke(action.clone(), json!({ "ending": ending.0 })).await.unwrap();
            assert_eq!(invoked.delivery.unwrap().status(), Some(202));
            (invoked.run_id, ending)
        };
        let invoked: Vec<(String, (&str, &str, &str))> =
            stream::iter(numbers).map(invoke).buffer_unordered(AT_ONCE).collect().await;
        let drained = client.runs().drain(LONG).await;
        let reports: HashMap<_, _> =
            drained.incomplete.iter().map(|report| (report.run_id.as_str(), report)).collect();
        assert_eq!(reports.len(), drained.incomplete.len());
        for (id, ending) in &invoked {
            hold(&fake.run(id).unwrap(), *ending, reports.get(id.as_str()).copied());
        }
        unknown += reports.len();
        faulty += fake.requests().faulty().len();
        fake.clear_requests();
    }
    println!("{count} runs, {faulty} requests with a fault, {unknown} reports with something unknown");
    assert_eq!(fake.runs().len(), count);
    assert!(faulty * 20 > count && unknown > 0, "the faults did not happen");
    service.abort();
}

#[tokio::test]
async fn forged_invocation_starts_no_work() {
    let fake = FakePort::builder().profile(Profile::Live).start().await.unwrap();
    let layer = ReceiverLayer::new(Verifier::timestamped("another-secret").build().unwrap());
    let runs = client_of(&fake).build().unwrap().runs();
    let app = Router::new().route("/scale", post(accept).layer(layer)).with_state(runs.clone());
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/scale", listener.local_addr().unwrap());
    let service = tokio::spawn(async move { axum::serve(listener, app).await });
    let method = json!({ "type": "WEBHOOK", "url": url });
    let action = json!({ "identifier": "scale", "invocationMethod": method });
    let invoked = fake.invoke(action, Value::Null).await.unwrap();
    assert_eq!(invoked.delivery.unwrap().status(), Some(401));
    assert_eq!(fake.run(&invoked.run_id).unwrap().status(), "IN_PROGRESS");
    assert!(runs.drain(LONG).await.incomplete.is_empty() && fake.requests().is_empty());
    service.abort();
}
