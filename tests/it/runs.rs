//! Runs: each call as Port expects it, and a reporter that ends its run whatever becomes of the handler.

use std::collections::VecDeque;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use fake_port::wiremock::{Mock, Request, ResponseTemplate, matchers::path_regex};
use fake_port::{FakePort, Fault, Route};
use port_webhooks::{
    ErrorKind, Outcome, Runs,
    types::{LogLevel, NewRunLog, NodeRunLog, NodeRunPatch, NodeRunResult, Reported, RunPatch, RunStatus},
};
use serde_json::{Value, json};

use crate::support::{Log, ManualClock, client_of, poll_times};

/// Port, as far as it has one run. Answers in `planned` come first: a status, and whether the request is carried out.
#[derive(Clone, Default)]
pub struct OneRun(Arc<Mutex<RunState>>);

#[derive(Default)]
struct RunState {
    status: Option<String>,
    summary: Option<String>,
    logs: Vec<String>,
    requests: Vec<(String, Value)>,
    planned: VecDeque<(&'static str, u16, bool)>,
    /// Until when on this clock Port rejects everything.
    down: Option<(ManualClock, Duration)>,
    hangs: bool,
}

impl OneRun {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let mut state = self.0.lock().unwrap();
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let place = request.url.path().rsplit('/').next().unwrap().to_owned();
        let is_log = place == "logs" && request.method == "POST";
        let query = request.url.query().map(|query| format!("?{query}")).unwrap_or_default();
        state.requests.push((format!("{} {}{query}", request.method, request.url.path()), body.clone()));
        let kind = match request.method.as_str() {
            "GET" => "get",
            "POST" => "log",
            _ => "end",
        };
        let is_down = state.down.as_ref().is_some_and(|(clock, until)| clock.passed() < *until);
        if is_down {
            return ResponseTemplate::new(429);
        }
        let fault = match state.planned.front() {
            Some((of, status, applies)) if *of == kind => Some((*status, *applies)),
            _ => None,
        };
        if fault.is_some() {
            state.planned.pop_front();
        }
        let failed = |status: u16| {
            let response = ResponseTemplate::new(status).insert_header("retry-after", "1");
            response.set_body_json(json!({ "ok": false, "error": "failed", "message": body.to_string() }))
        };
        if let Some((status, false)) = fault {
            return failed(status);
        }
        if request.method != "GET" && state.status.is_some() && place != "approval" {
            return ResponseTemplate::new(409).set_body_json(json!({ "ok": false, "error": "conflict" }));
        }
        if is_log {
            match body["logs"].as_array() {
                Some(logs) => state.logs.extend(logs.iter().map(|log| {
                    format!("{} {}", log["level"].as_str().unwrap(), log["message"].as_str().unwrap())
                })),
                None => state.logs.push(body["message"].as_str().unwrap().to_owned()),
            }
        }
        let end = ["status", "terminationStatus"].iter().find_map(|name| body[name].as_str());
        match body["result"].as_str().or(end) {
            Some(end) if request.method != "GET" && place != "approval" => {
                state.status = Some(end.to_owned());
            }
            _ => {}
        }
        state.summary = body["summary"].as_str().map(str::to_owned).or(state.summary.take());
        if state.hangs {
            return ResponseTemplate::new(200).set_delay(LONG);
        }
        if let Some((status, true)) = fault {
            return failed(status);
        }
        let status = state.status.as_deref().unwrap_or("IN_PROGRESS");
        let run = json!({ "id": "r_1", "status": status, "properties": { "password": "hunter2" } });
        let log = |message: &str| json!({ "id": "l", "runId": "r_1", "message": message });
        match (request.method.as_str(), place.as_str()) {
            ("POST", _) => {
                ResponseTemplate::new(201).set_body_json(json!({ "ok": true, "runLog": log("done") }))
            }
            ("GET", "logs") => {
                let number = |name: &str| {
                    let pair = request.url.query_pairs().find(|(key, _)| key == name)?;
                    pair.1.parse::<usize>().ok()
                };
                let logs = state.logs.iter().skip(number("offset").unwrap_or(0));
                let logs: Vec<Value> =
                    logs.take(number("limit").unwrap_or(50)).map(|text| log(text)).collect();
                ResponseTemplate::new(200).set_body_json(json!({ "ok": true, "runLogs": logs }))
            }
            ("GET", "runs") => ResponseTemplate::new(200).set_body_json(json!({ "ok": true, "runs": [run] })),
            (_, "approval") => ResponseTemplate::new(201).set_body_json(json!({ "ok": true, "run": run })),
            _ => ResponseTemplate::new(200).set_body_json(json!({ "ok": true, "run": run })),
        }
    }

    fn plan(&self, faults: impl IntoIterator<Item = (&'static str, u16, bool)>) {
        self.0.lock().unwrap().planned.extend(faults);
    }

    fn requests(&self) -> Vec<(String, Value)> {
        std::mem::take(&mut self.0.lock().unwrap().requests)
    }

    /// The lines of the log.
    pub fn lines(&self) -> Vec<String> {
        self.0.lock().unwrap().logs.iter().flat_map(|log| log.lines().map(str::to_owned)).collect()
    }

    fn end(&self) -> (Option<String>, Option<String>) {
        let state = self.0.lock().unwrap();
        (state.status.clone(), state.summary.clone())
    }
}

pub struct Stage {
    pub fake: FakePort,
    pub run: OneRun,
    pub runs: Runs,
}

pub async fn stage() -> Stage {
    stage_with(ManualClock::new()).await
}

async fn stage_with(clock: ManualClock) -> Stage {
    let fake = FakePort::start().await;
    let run = OneRun::default();
    let responder = run.clone();
    let mock = Mock::given(path_regex("^/v1/(actions|workflows/nodes)/runs"));
    fake.mount(mock.respond_with(move |request: &Request| responder.respond(request))).await;
    let runs = client_of(&fake).clock(clock).build().unwrap().runs();
    Stage { fake, run, runs }
}

const LONG: Duration = Duration::from_secs(600);

#[tokio::test]
async fn each_call_is_sent_as_port_expects_it() {
    let Stage { run, runs, fake: _fake } = stage().await;
    let one = "/v1/actions/runs/r_1";
    assert_eq!(runs.get("r_1").await.unwrap().status, Some(RunStatus::InProgress));
    assert_eq!(runs.approve("r_1").await.unwrap().id, "r_1");
    runs.decline("r_1", "Not now").await.unwrap();
    runs.update("r_1", RunPatch::new().links(["https://a", "https://b"]).external_run_id("b-1"))
        .await
        .unwrap();
    runs.log("r_1", "one").await.unwrap();
    assert_eq!(runs.find_by_external_id("b/1").await.unwrap()[0].id, "r_1");
    runs.log("r_1", NewRunLog::new("two").ending(RunStatus::Failure).status_label("No quota")).await.unwrap();
    assert_eq!(
        run.requests(),
        [
            (format!("GET {one}?version=v2"), Value::Null),
            (format!("PATCH {one}/approval?version=v2"), json!({ "status": "APPROVE" })),
            (
                format!("PATCH {one}/approval?version=v2"),
                json!({ "status": "DECLINE", "description": "Not now" })
            ),
            (
                format!("PATCH {one}?version=v2"),
                json!({ "link": ["https://a", "https://b"], "externalRunId": "b-1" })
            ),
            (format!("POST {one}/logs"), json!({ "message": "one" })),
            ("GET /v1/actions/runs?external_run_id=b%2F1&version=v2".to_owned(), Value::Null),
            (
                format!("POST {one}/logs"),
                json!({ "message": "two", "terminationStatus": "FAILURE", "statusLabel": "No quota" })
            ),
        ]
    );
}

#[tokio::test]
async fn node_run_has_its_own_routes_and_bodies() {
    let Stage { run, runs, fake: _fake } = stage().await;
    let node = runs.node("wfnr_1");
    node.log([NodeRunLog::new(LogLevel::Warn, "slow")]).await.unwrap();
    node.update(NodeRunPatch::new().result(NodeRunResult::Success).output(json!({ "n": 1 }))).await.unwrap();
    let one = "/v1/workflows/nodes/runs/wfnr_1";
    assert_eq!(
        run.requests(),
        [
            (format!("POST {one}/logs"), json!({ "logs": [{ "level": "WARN", "message": "slow" }] })),
            (
                format!("PATCH {one}"),
                json!({ "status": "COMPLETED", "result": "SUCCESS", "output": { "n": 1 } })
            ),
        ]
    );
    assert_eq!(node.fail().await.unwrap_err().kind(), ErrorKind::RunEnded);
    // Neither takes the id of the other.
    run.requests();
    let error = runs.succeed("wfnr_1", "").await.unwrap_err();
    assert!(
        error.kind() == ErrorKind::Configuration && error.to_string().contains("runs().node(id)"),
        "{error}"
    );
    let error = runs.node("r_1").succeed().await.unwrap_err();
    assert!(error.kind() == ErrorKind::Configuration && error.to_string().contains("`wfnr_`"), "{error}");
    assert!(run.requests().is_empty());
}

#[tokio::test]
async fn run_that_has_ended_is_an_error_of_its_own() {
    let Stage { run, runs, fake: _fake } = stage().await;
    runs.succeed("r_1", "done").await.unwrap();
    for error in [runs.log("r_1", "x").await.unwrap_err(), runs.fail("r_1", "no").await.unwrap_err()] {
        assert_eq!((error.kind(), error.outcome()), (ErrorKind::RunEnded, Outcome::NotApplied));
        assert!(
            error.to_string().contains("the run has ended, and Port accepts no more reports on it"),
            "{error}"
        );
        assert!(!error.is_retryable());
    }
    // After an attempt without a response, this call may have ended it.
    let Stage { run: lost, runs, fake: _other } = stage().await;
    lost.plan([("end", 503, true)]);
    let error = runs.succeed("r_1", "done").await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (ErrorKind::RunEnded, Outcome::Unknown));
    assert!(error.to_string().contains("an earlier attempt may have ended it: read the run"), "{error}");
    assert_eq!(run.end(), lost.end());
}

#[tokio::test]
async fn log_with_unknown_fate_is_not_sent_again() {
    let Stage { run, runs, fake: _fake } = stage().await;
    run.plan([("log", 503, true), ("log", 429, false)]);
    let error = runs.log("r_1", "a-secret-line").await.unwrap_err();
    assert_eq!(error.outcome(), Outcome::Unknown);
    let text = format!("{error} {error:?}");
    assert!(text.contains("find that out before you retry") && !text.contains("a-secret-line"), "{text}");
    runs.log("r_1", "two").await.unwrap();
    assert_eq!(run.lines(), ["a-secret-line", "two"]);
}

#[tokio::test]
async fn log_stream_has_each_message_once() {
    let Stage { run, runs, fake: _fake } = stage().await;
    run.0.lock().unwrap().logs = (0..120).map(|n| n.to_string()).collect();
    let mut stream = runs.logs("r_1").stream();
    let mut found = Vec::new();
    while let Some(log) = stream.try_next().await.unwrap() {
        found.push(log.message);
    }
    assert_eq!(found, run.lines());
    assert_eq!(run.requests().len(), 4);
    let page = runs.logs("r_1").offset(118).limit(50).await.unwrap();
    assert_eq!(page.logs.iter().map(|log| &*log.message).collect::<Vec<_>>(), ["118", "119"]);
}

#[tokio::test]
async fn inputs_of_a_run_are_not_in_its_debug() {
    let Stage { runs, fake: _fake, .. } = stage().await;
    let run = runs.get("r_1").await.unwrap();
    assert_eq!(run.properties.as_ref().unwrap()["password"], "hunter2");
    assert!(!format!("{run:?}").contains("hunter2"), "{run:?}");
}

#[tokio::test]
async fn reporter_ends_the_run_by_the_result_of_the_handler() {
    let Stage { run, runs, fake: _fake } = stage().await;
    let report = runs.reporter("r_1");
    let log = report.logger();
    let result = report.run(async {
        log.log("one");
        tokio::task::yield_now().await;
        log.log_at(LogLevel::Warn, "two");
        Err::<(), _>("the quota is used up")
    });
    assert_eq!(result.await, Err("the quota is used up"));
    assert!(runs.drain(LONG).await.is_complete());
    assert_eq!(run.end(), (Some("FAILURE".to_owned()), Some("the quota is used up".to_owned())));
    assert_eq!(run.lines(), ["one", "WARN: two"]);

    let Stage { run, runs, fake: _fake } = stage().await;
    assert_eq!(runs.reporter("r_1").run(async { Ok::<_, String>(7) }).await, Ok(7));
    assert!(runs.drain(LONG).await.is_complete());
    assert_eq!(run.end(), (Some("SUCCESS".to_owned()), None));
}

#[tokio::test]
async fn handler_that_panics_ends_the_run_as_failed() {
    let Stage { run, runs, fake: _fake } = stage().await;
    let report = runs.reporter("r_1");
    report.log("before");
    let handler = async {
        tokio::task::yield_now().await;
        assert!(run.end().0.is_some(), "the secret of the panic");
        Ok::<_, String>(())
    };
    let panicked = std::panic::AssertUnwindSafe(report.run(handler));
    assert!(futures_util::FutureExt::catch_unwind(panicked).await.is_err());
    assert!(runs.drain(LONG).await.is_complete());
    assert_eq!(run.end(), (Some("FAILURE".to_owned()), Some("The handler panicked.".to_owned())));
    assert_eq!(run.lines(), ["before"]);
}

#[tokio::test]
async fn handler_that_is_dropped_at_any_await_ends_the_run() {
    for polls in 1..50 {
        let Stage { run, runs, fake: _fake } = stage().await;
        let report = runs.reporter("r_1");
        let log = report.logger();
        let handler = report.run(async {
            for n in 0..3 {
                log.log(n.to_string());
                runs.get("r_1").await.map_err(|error| error.to_string())?;
            }
            Ok::<_, String>(())
        });
        let ended = poll_times(handler, polls).await;
        assert!(runs.drain(LONG).await.is_complete(), "after {polls} polls");
        let lines = run.lines();
        if ended.is_some() {
            assert_eq!((run.end().0.as_deref(), lines.len()), (Some("SUCCESS"), 3));
            return;
        }
        assert_eq!(run.end().0.as_deref(), Some("FAILURE"), "after {polls} polls");
        assert_eq!(run.end().1.as_deref(), Some("The handler was cancelled before it had a result."));
        assert!(lines.iter().enumerate().all(|(n, line)| *line == n.to_string()), "{lines:?}");
    }
    panic!("the handler does not end");
}

#[tokio::test]
async fn node_run_gets_levels_a_result_and_its_summary_as_a_line() {
    let Stage { run, runs, fake: _fake } = stage().await;
    let report = runs.reporter("wfnr_1");
    report.log("one");
    assert!(report.fail("no quota").await.is_complete());
    assert_eq!(run.end().0.as_deref(), Some("FAILED"));
    assert_eq!(run.lines(), ["INFO one", "ERROR no quota"]);
    let Stage { run, runs, fake: _fake } = stage().await;
    assert!(poll_times(runs.reporter("wfnr_1").run(pending::<Result<(), String>>()), 1).await.is_none());
    assert!(runs.drain(LONG).await.is_complete());
    assert_eq!(run.end().0.as_deref(), Some("CANCELLED"));
}

#[tokio::test]
async fn reporter_without_a_result_does_not_blame_the_handler() {
    let Stage { run, runs, fake: _fake } = stage().await;
    drop(runs.reporter("r_1"));
    assert!(runs.drain(LONG).await.is_complete());
    assert_eq!(run.end().1.as_deref(), Some("The handler ended without a result."));
    // The caller of the handler panics, not the handler.
    let Stage { run, runs, fake: _fake } = stage().await;
    let caller = async {
        let mut handler = Box::pin(runs.reporter("r_1").run(pending::<Result<(), String>>()));
        assert!(poll_times(handler.as_mut(), 1).await.is_some(), "the caller panics");
    };
    assert!(futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(caller)).await.is_err());
    assert!(runs.drain(LONG).await.is_complete());
    assert_eq!(run.end().1.as_deref(), Some("The handler was cancelled before it had a result."));
}

#[tokio::test]
async fn odd_lines_arrive_as_they_are() {
    let Stage { run, runs, fake: _fake } = stage().await;
    let report = runs.reporter("wfnr_1");
    let odd = ["", " ", "a\nb\r\n", "\u{1b}[31m\0\u{202e}\u{200b}", "\u{1f600}\"\\{{ .run }}"];
    for line in odd {
        report.log(line);
    }
    assert!(report.succeed("").await.is_complete());
    let logs = run.0.lock().unwrap().logs.clone();
    assert_eq!(logs, odd.map(|line| format!("INFO {line}")));
}

#[tokio::test]
async fn very_many_empty_lines_fit_the_limit_of_a_request() {
    let Stage { run, runs, fake: _fake } = stage().await;
    let report = runs.reporter("wfnr_1");
    for _ in 0..70_000 {
        report.log("");
    }
    let ended = report.succeed("").await;
    assert!(ended.is_complete() && ended.lines_reported == 70_000, "{ended}");
    assert_eq!(run.0.lock().unwrap().logs.len(), 70_000);
}

#[tokio::test]
async fn lines_are_joined_in_order_to_messages_of_bounded_size() {
    let Stage { run, runs, fake: _fake } = stage().await;
    let report = runs.reporter("r_1");
    let lines: Vec<String> = (0..2_000).map(|n| format!("{n} {}", "\u{e9}".repeat(50))).collect();
    for line in &lines {
        report.log(line);
    }
    report.log("\u{e9}".repeat(100_000));
    let ended = report.succeed("x".repeat(100_000)).await;
    assert!(ended.is_complete() && ended.lines_reported == 2_004, "{ended}");
    let logs = run.0.lock().unwrap().logs.clone();
    assert!(logs.len() < 10 && logs.iter().all(|log| log.len() <= 64 * 1024), "{}", logs.len());
    assert_eq!(run.lines()[..2_000], lines);
    assert_eq!(run.lines()[2_000..].concat(), "\u{e9}".repeat(100_000));
    assert_eq!(run.end().1.unwrap().len(), 64 * 1024);
}

#[tokio::test]
async fn nothing_is_lost_while_port_is_down_within_the_deadline() {
    let Stage { fake, run, runs, .. } = stage().await;
    // No token, and so nothing is sent; then Port asks to wait.
    fake.inject(Fault::status(503).times(12).on([Route::Token]));
    run.plan([("log", 429, false); 8]);
    run.plan([("end", 503, false); 8]);
    let report = runs.reporter("r_1");
    report.log("one");
    let ended = report.succeed("done").await;
    assert!(ended.is_complete() && ended.error.is_none(), "{ended}");
    assert_eq!(run.lines(), ["one"]);
    assert_eq!(run.end(), (Some("SUCCESS".to_owned()), Some("done".to_owned())));
}

#[tokio::test]
async fn nothing_is_lost_when_port_is_back_just_before_the_deadline() {
    let clock = ManualClock::new();
    let Stage { run, runs, fake: _fake } = stage_with(clock.clone()).await;
    run.0.lock().unwrap().down = Some((clock, Duration::from_secs(59)));
    let report = runs.reporter("r_1").deadline(Duration::from_secs(60));
    report.log("one");
    let ended = report.succeed("done").await;
    assert!(ended.is_complete(), "{ended}");
    assert_eq!((run.lines().len(), run.end().0.as_deref()), (1, Some("SUCCESS")));
}

#[tokio::test]
async fn what_is_not_reported_is_logged_and_returned_by_drain() {
    let log = Log::default();
    let _guard = log.record();
    let Stage { fake, runs, .. } = stage().await;
    fake.inject(Fault::status(503).on([Route::Token]).times(u32::MAX.into()));
    let report = runs.reporter("r_1").deadline(Duration::from_secs(60));
    report.log("the lost line");
    let ended = report.fail("the lost summary").await;
    assert_eq!((ended.end, ended.lines_lost, ended.lines_unknown), (Reported::No, 1, 0));
    let drained = runs.drain(LONG).await;
    assert_eq!(drained.incomplete.len(), 1);
    let text = drained.incomplete[0].to_string();
    assert!(
        text.starts_with("run \"r_1\": end not reported; 0 lines reported, 0 unknown, 1 lost: "),
        "{text}"
    );
    assert!(
        log.text().contains("the lost line") && log.text().contains("the lost summary"),
        "{}",
        log.text()
    );
    assert!(runs.drain(LONG).await.is_complete(), "each report is returned once");
}

#[tokio::test]
async fn line_with_unknown_fate_is_counted_and_not_doubled() {
    let Stage { run, runs, fake: _fake } = stage().await;
    run.plan([("log", 500, true)]);
    let report = runs.reporter("r_1");
    report.log("one");
    while run.lines().is_empty() {
        tokio::task::yield_now().await;
    }
    report.log("two");
    let ended = report.succeed("").await;
    assert_eq!((ended.end, ended.lines_reported, ended.lines_unknown), (Reported::Yes, 1, 1), "{ended}");
    assert_eq!(run.lines(), ["one", "two"]);
}

#[tokio::test]
async fn end_with_a_lost_response_is_looked_up() {
    let Stage { run, runs, fake: _fake } = stage().await;
    run.plan([("end", 502, true)]);
    assert!(runs.reporter("r_1").succeed("done").await.is_complete());
    assert_eq!(run.end().0.as_deref(), Some("SUCCESS"));
    assert!(run.requests().last().unwrap().0.starts_with("GET "));
    // Reading the run is retried, too.
    let Stage { run, runs, fake: _fake } = stage().await;
    run.plan([("end", 502, true)]);
    run.plan([("get", 503, false); 7]);
    assert!(runs.reporter("r_1").succeed("done").await.is_complete());
    // Without a route to look it up, it is unknown.
    let Stage { run, runs, fake: _fake } = stage().await;
    run.plan([("end", 502, true)]);
    assert_eq!(runs.reporter("wfnr_1").succeed("").await.end, Reported::Unknown);
}

#[tokio::test]
async fn run_that_somebody_else_ended_is_told() {
    let Stage { run, runs, fake: _fake } = stage().await;
    runs.fail("r_1", "by hand").await.unwrap();
    let report = runs.reporter("r_1");
    report.log("one");
    let ended = report.succeed("done").await;
    assert_eq!((ended.end, ended.lines_lost), (Reported::No, 1));
    assert_eq!(ended.error.unwrap().kind(), ErrorKind::RunEnded);
    assert_eq!(run.end().1.as_deref(), Some("by hand"));
}

#[tokio::test]
async fn reporter_leaves_a_run_open_when_it_is_told_to() {
    let Stage { run, runs, fake: _fake } = stage().await;
    let report = runs.reporter("r_1");
    report.log("one");
    let left = report.leave_open().await;
    assert!(left.is_complete() && left.end == Reported::LeftOpen && left.lines_reported == 1, "{left}");
    assert_eq!((run.end().0, run.lines()), (None, vec!["one".to_owned()]));
    assert!(runs.drain(LONG).await.is_complete());
    runs.fail("r_1", "by hand").await.unwrap();
    let report = runs.reporter("r_1");
    report.log("two");
    let left = report.leave_open().await;
    assert_eq!((left.lines_lost, left.error.unwrap().kind()), (1, ErrorKind::RunEnded));
}

#[tokio::test]
async fn summary_that_port_rejects_does_not_keep_the_run_open() {
    let Stage { run, runs, fake: _fake } = stage().await;
    run.plan([("end", 422, false)]);
    assert!(runs.reporter("r_1").fail("odd").await.is_complete());
    assert_eq!(run.end(), (Some("FAILURE".to_owned()), None));
}

#[tokio::test]
async fn drain_names_a_run_whose_handler_still_works() {
    let Stage { fake, runs, .. } = stage().await;
    let clock = ManualClock::new();
    let runs_of_clock = client_of(&fake).clock(clock.clone()).build().unwrap().runs();
    let report = runs_of_clock.reporter("r_1");
    let draining = tokio::spawn({
        let runs = runs_of_clock.clone();
        async move { runs.drain(LONG).await }
    });
    while !draining.is_finished() {
        clock.end_limits();
        tokio::task::yield_now().await;
    }
    let drained = draining.await.unwrap();
    assert_eq!((&*drained.incomplete[0].run_id, drained.incomplete[0].end), ("r_1", Reported::No));
    assert!(report.succeed("").await.is_complete());
    assert!(runs.drain(LONG).await.is_complete());
}

#[tokio::test]
async fn drain_that_does_not_wait_longer_logs_what_waits() {
    let log = Log::default();
    let _guard = log.record();
    let clock = ManualClock::new();
    let Stage { fake, runs, .. } = stage_with(clock.clone()).await;
    fake.inject(Fault::status(503).on([Route::Token]).times(u32::MAX.into()));
    let report = runs.reporter("r_1").deadline(Duration::from_secs(60));
    report.log("the waiting line");
    let draining = tokio::spawn({
        let runs = runs.clone();
        async move { runs.drain(LONG).await }
    });
    while !draining.is_finished() {
        clock.end_limits();
        tokio::task::yield_now().await;
    }
    let drained = draining.await.unwrap();
    assert_eq!(drained.incomplete.len(), 1);
    assert!(log.text().contains("the time to report it ended"), "{}", log.text());
    assert_eq!(log.text().matches("the waiting line").count(), 1, "{}", log.text());
    assert_eq!(report.succeed("").await.lines_lost, 1);
    assert_eq!(log.text().matches("the waiting line").count(), 1, "it is logged once");
}

#[test]
fn reporter_without_a_runtime_says_so() {
    let log = Log::default();
    let _guard = log.record();
    let port = port_webhooks::Client::builder().access_token("token").build().unwrap();
    let report = port.runs().reporter("r_1");
    report.log("the lost line");
    drop(report.fail("the lost summary"));
    let text = log.text();
    assert!(text.contains("the lost line") && text.contains("the lost summary"), "{text}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let drained = runtime.block_on(port.runs().drain(LONG));
    let error = drained.incomplete[0].error.clone().unwrap();
    assert!(error.to_string().contains("a reporter needs a Tokio runtime"), "{error}");
}

#[test]
fn line_under_way_at_shutdown_is_logged_as_unknown() {
    let log = Log::default();
    let _guard = log.record();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let Stage { fake, run, runs } = runtime.block_on(stage());
    run.0.lock().unwrap().hangs = true;
    let report = runtime.block_on(async {
        let report = runs.reporter("r_1");
        report.log("under way");
        while run.lines().is_empty() {
            tokio::task::yield_now().await;
        }
        report.log("waiting");
        report
    });
    drop(runtime);
    drop(report.fail("the summary"));
    let text = log.text();
    let line_with = |part: &str| text.lines().find(|line| line.contains(part)).unwrap_or_default().to_owned();
    assert!(line_with("\"under way\"").contains("may not have been reported"), "{text}");
    assert!(line_with("\"waiting\"").contains("not reported: its runtime was shut down"), "{text}");
    assert!(line_with("the summary").contains("end of a run not reported"), "{text}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let drained = runtime.block_on(runs.drain(LONG));
    assert_eq!((drained.incomplete[0].lines_unknown, drained.incomplete[0].lines_lost), (1, 1));
    drop(fake);
}

#[test]
fn runtime_that_is_shut_down_leaves_a_report() {
    let (runs, fake) = {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let Stage { fake, runs, .. } = runtime.block_on(stage());
        let _guard = runtime.enter();
        let report = runs.reporter("r_1");
        report.log("one");
        drop(report.succeed(""));
        (runs, fake)
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let drained = runtime.block_on(runs.drain(LONG));
    assert_eq!((drained.incomplete[0].end, drained.incomplete[0].lines_lost), (Reported::No, 1));
    drop(fake);
}

#[test]
fn blocking_client_reports_on_its_thread() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let Stage { fake, run, .. } = runtime.block_on(stage());
    let runs = client_of(&fake).build_blocking().unwrap().runs();
    assert_eq!(runs.get("r_1").wait().unwrap().id, "r_1");
    let report = runs.reporter("r_1");
    report.log("one");
    drop(report.succeed("done"));
    assert!(runs.drain_blocking(LONG).unwrap().is_complete());
    assert_eq!(run.end(), (Some("SUCCESS".to_owned()), Some("done".to_owned())));
    assert_eq!(runs.logs("r_1").limit(1).wait().unwrap().logs[0].message, "one");
    run.0.lock().unwrap().logs = (0..70).map(|n| n.to_string()).collect();
    let logs: Result<Vec<_>, _> = runs.logs("r_1").iter().map(|log| log.map(|log| log.message)).collect();
    assert_eq!(logs.unwrap(), run.lines());
    assert_eq!(runs.node("wfnr_1").fail().wait().unwrap_err().kind(), ErrorKind::RunEnded);
    runtime.block_on(async move { drop(fake) });
}
