//! A call that is dropped, at whichever of its awaits, harms no other.

use std::fmt::Debug;

use fake_port::{Ending, FakePort, Fault, Hint, Recording, Route};
use futures_util::StreamExt as _;
use port_webhooks::types::{LogLevel, NodeRunLog, RunPatch};
use port_webhooks::{EventType, NewWebhook, Result, Runs, WebhookPatch, Webhooks};
use serde_json::json;

use crate::runs::{Stage, stage};
use crate::support::{PAGE_URL, client_of, poll_times};

/// Drops a call after one poll, after two, and so on until it ends, each time on its own fake. Another call is
/// under way meanwhile, and one is made afterwards.
///
/// The call waits at least `waits` times: once for a token, once for each response, and once before each retry. It is
/// polled more often when a response arrives in pieces, which differs from run to run.
async fn dropped_everywhere<T: Debug>(
    fault: Fault,
    tokens: u64,
    waits: usize,
    call: impl AsyncFn(Webhooks) -> Result<T, port_webhooks::Error>,
) {
    for polls in 1.. {
        let fake = FakePort::builder()
            .webhooks((0..5).map(
                |n| json!({ "identifier": format!("a-{n}"), "url": PAGE_URL, "events": ["run.created"] }),
            ))
            .record(Recording::All)
            .serve()
            .await
            .unwrap();
        fake.inject(fault.clone());
        let hooks = client_of(&fake).build().unwrap().webhooks();
        let sibling = tokio::spawn({
            let hooks = hooks.clone();
            async move { hooks.metadata().await.map(|all| all.len()) }
        });
        let ended = poll_times(call(hooks.clone()), polls).await;
        assert!(sibling.await.unwrap().is_ok(), "after {polls} polls");
        assert!(hooks.metadata().await.is_ok(), "after {polls} polls");
        assert!(fake.tokens_issued() <= tokens, "after {polls} polls: {:?}", fake.requests());
        if let Some(result) = ended {
            result.unwrap();
            assert!(polls > waits, "it ended after {polls} polls");
            return;
        }
        assert!(polls < 10_000, "it does not end");
    }
}

fn new() -> NewWebhook {
    NewWebhook::subscription("b", PAGE_URL).events([EventType::RunCreated])
}

#[tokio::test]
async fn while_it_waits_to_be_sent_again() {
    let down = Fault::status(503).on([Route::Update]);
    let update = async |hooks: Webhooks| hooks.update("a-0", WebhookPatch::new().title("New")).await;
    dropped_everywhere(down, 1, 4, update).await;
    let limited = Fault::rate_limited(Hint::Seconds(3)).on([Route::Create]);
    dropped_everywhere(limited, 1, 4, async |hooks| hooks.create(new()).await).await;
}

#[tokio::test]
async fn while_a_new_token_is_on_its_way() {
    let revoked = Fault::revoked_token().on([Route::Delete]);
    dropped_everywhere(revoked, 2, 4, async |hooks| hooks.delete("a-0").await).await;
    // The request for the token is repeated by a task of its own.
    let down = Fault::status(503).times(2).on([Route::Token]);
    dropped_everywhere(down, 1, 2, async |hooks| hooks.get("a-0").await).await;
}

#[tokio::test]
async fn while_it_reads_a_body_or_finds_out_what_became_of_it() {
    let broken = Fault::broken_body(5, Ending::Reset).on([Route::Get]);
    dropped_everywhere(broken, 1, 4, async |hooks| hooks.get("a-0").await).await;
    let lost = Fault::dropped().on([Route::Create]);
    dropped_everywhere(lost, 1, 4, async |hooks| hooks.create(new()).reconcile(true).await).await;
}

#[tokio::test]
async fn within_a_stream() {
    let none = || Fault::slow(std::time::Duration::ZERO).times(1).on([Route::Replace]);
    let all = async |hooks: Webhooks, prefetch| {
        let mut stream = hooks.list().per_page(2).stream().prefetch(prefetch);
        let mut count = 0;
        while let Some(webhook) = stream.next().await {
            webhook?;
            count += 1;
        }
        assert_eq!(count, 5);
        Ok(count)
    };
    // A token and three pages; with prefetch, the pages after the first come together.
    dropped_everywhere(none(), 1, 4, async |hooks| all(hooks, 1).await).await;
    dropped_everywhere(none(), 1, 3, async |hooks| all(hooks, 4).await).await;
    // On a client that knows that the server pages, so that all are asked for at once.
    let again = async |hooks: Webhooks| {
        all(hooks.clone(), 4).await?;
        all(hooks, 4).await
    };
    dropped_everywhere(none(), 1, 4, again).await;
    dropped_everywhere(none(), 1, 4, async |hooks| hooks.list().per_page(2).collect().await).await;
}

/// As `dropped_everywhere`, for calls on a run. `most_lines` is how many lines the log may have then.
async fn run_call_dropped_everywhere(most_lines: usize, call: impl AsyncFn(Runs) -> Result<()>) {
    for polls in 1.. {
        let Stage { run, runs, fake: _fake } = stage().await;
        let ended = poll_times(call(runs.clone()), polls).await;
        assert!(runs.get("r_1").await.is_ok(), "after {polls} polls");
        assert!(run.lines().len() <= most_lines, "after {polls} polls: {:?}", run.lines());
        if let Some(result) = ended {
            result.unwrap();
            assert!(polls > 2, "it ended after {polls} polls");
            return;
        }
        assert!(polls < 10_000, "it does not end");
    }
}

#[tokio::test]
async fn calls_on_a_run() {
    run_call_dropped_everywhere(0, async |runs| runs.get("r_1").await.map(drop)).await;
    run_call_dropped_everywhere(0, async |runs| runs.succeed("r_1", "").await.map(drop)).await;
    run_call_dropped_everywhere(0, async |runs| runs.fail("r_1", "").await.map(drop)).await;
    let label = || RunPatch::new().status_label("Building");
    run_call_dropped_everywhere(0, async |runs| runs.update("r_1", label()).await.map(drop)).await;
    run_call_dropped_everywhere(1, async |runs| runs.log("r_1", "one").await.map(drop)).await;
    run_call_dropped_everywhere(0, async |runs| runs.logs("r_1").await.map(drop)).await;
    run_call_dropped_everywhere(0, async |runs| runs.logs("r_1").stream().try_next().await.map(drop)).await;
    run_call_dropped_everywhere(0, async |runs| runs.approve("r_1").await.map(drop)).await;
    run_call_dropped_everywhere(0, async |runs| runs.decline("r_1", "no").await.map(drop)).await;
    run_call_dropped_everywhere(0, async |runs| runs.find_by_external_id("b").await.map(drop)).await;
    run_call_dropped_everywhere(0, async |runs| runs.node("wfnr_1").succeed().await).await;
    let line = || [NodeRunLog::new(LogLevel::Info, "one")];
    run_call_dropped_everywhere(1, async |runs| runs.node("wfnr_1").log(line()).await).await;
}
