//! Rows 10, 11, 34 to 40, 44 and 46: tokens that Port rejects, that cannot be fetched, or that expire; and cancelled calls.

use std::collections::HashSet;
use std::time::Duration;

use fake_port::{FakePort, Fault, Route};
use futures_util::future::join_all;
use port_webhooks::{ErrorKind, Outcome};
use serde_json::{Value, json};
use tokio::runtime::Builder;

use super::cell::{End, Fails, Method, World, all, end_of, second_time_lucky, webhook};
use crate::support::{ManualClock, poll_times};

use ErrorKind::{Authentication, Server, Timeout, Transport};

const MINUTE: Duration = Duration::from_secs(60);

pub async fn r10_token_not_taken(method: Method) {
    for stale in [Fault::revoked_token(), Fault::expired_token()] {
        let world = World::new().await;
        world.expect(method, stale, second_time_lucky()).await;
        assert_eq!((world.asked_for_tokens(), world.clock.waits().len()), (1, 0));
    }
    let world = World::new().await;
    world.expect(method, Fault::status(401).always(), all(2, Authentication)).await;
    assert_eq!(world.asked_for_tokens(), 1);
}

pub async fn r10a_fixed_token_not_taken(method: Method) {
    let world = World::cold(|builder| builder.access_token("of-another-fake")).await;
    let error = method.call(&world.hooks).await.unwrap_err();
    assert_eq!(end_of(Err(&error)), Fails(Authentication, Outcome::NotApplied));
    assert_eq!((world.sent(method), error.attempts(), world.asked_for_tokens()), (1, 1, 0));
}

pub async fn r11_bad_credentials(method: Method) {
    let world = World::cold(|builder| builder.credentials("someone", "else")).await;
    for _ in 0..3 {
        let error = method.call(&world.hooks).await.unwrap_err();
        assert_eq!(end_of(Err(&error)), Fails(Authentication, Outcome::NotSent));
        assert_eq!(world.fake.requests().len(), 1, "the token's alone");
        world.clock.advance(Duration::from_secs(3));
    }
    world.clock.advance(Duration::from_secs(1));
    method.call(&world.hooks).await.unwrap_err();
    assert_eq!((world.asked_for_tokens(), world.fake.requests().len()), (2, 2));
}

pub async fn r34_no_token_to_be_had(method: Method) {
    let down = [
        (Fault::status(503), Server, 3),
        (Fault::dropped(), Transport, 3),
        (Fault::hanging(), Timeout, 3),
        // What will not pass is not tried again.
        (Fault::status(404), ErrorKind::Other, 1),
    ];
    for (fault, kind, requests) in down {
        let world = World::cold(|builder| builder).await;
        world.fake.inject(fault.always().on([Route::Token]));
        let results = join_all((0..20).map(|_| method.call(&world.hooks))).await;
        let errors: Vec<_> = results.into_iter().map(Result::unwrap_err).collect();
        for error in &errors {
            assert_eq!(
                (error.kind(), error.outcome(), error.attempts()),
                (kind, Outcome::NotSent, 0),
                "{error}"
            );
        }
        // All got the same error.
        let causes: HashSet<_> =
            errors.iter().map(|error| std::error::Error::source(error).unwrap().to_string()).collect();
        assert_eq!(causes.len(), 1, "{causes:?}");
        assert_eq!((world.asked_for_tokens(), world.fake.requests().len()), (requests, requests));
    }
}

pub async fn r35_no_token_but_a_valid_one(method: Method) {
    let world = World::new().await;
    world.fake.inject(Fault::status(503).always().on([Route::Token]));
    // Of three hours the last five minutes have begun.
    world.clock.advance(176 * MINUTE);
    for n in 0..5 {
        let identifier = format!("a-{n}");
        world.fake.seed(webhook(&identifier)).unwrap();
        let identifier = if method == Method::Create { format!("b-{n}") } else { identifier };
        assert_eq!(method.call_on(&world.hooks, &identifier).await.unwrap(), super::cell::Success::Done);
    }
    assert_eq!(world.sent(method), 5);
    // Meanwhile one refresh was tried, in the background, and then left alone for a while.
    settled(&world.fake, 3).await;
    assert_eq!(world.asked_for_tokens(), 3);
}

/// Lets the tasks of this runtime go on until this many requests for a token have arrived.
async fn settled(fake: &FakePort, tokens: usize) {
    for _ in 0..100_000 {
        if fake.requests().of([Route::Token]).len() >= tokens {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{:?}", fake.requests());
}

pub async fn r36_token_ends_meanwhile(method: Method) {
    // A token of a hundred seconds ends while the call waits for fifty.
    let world = World::cold(|builder| builder).await;
    world.fake.inject(Fault::merged(json!({ "expiresIn": 100 })).always().on([Route::Token]));
    world.hooks.metadata().await.unwrap();
    world.fake.clear_requests();
    world.clock.advance(Duration::from_secs(60));
    // The server gives no token again that has ended.
    world.fake.expire_tokens();
    let limited = Fault::rate_limited(fake_port::Hint::Seconds(50));
    world.expect(method, limited, second_time_lucky()).await;
    let signed: HashSet<_> = world
        .fake
        .requests()
        .of([method.operation()])
        .iter()
        .map(|request| request.header("authorization").unwrap().to_owned())
        .collect();
    assert_eq!((signed.len(), world.asked_for_tokens()), (2, 1), "each is signed by the token of its time");
    world.fake.requests().answered(401).assert_count(0);

    // It ends on the way, or while the call waits, and only the server knows.
    let world = World::new().await;
    world.fake.inject(Fault::status(503).on([method.operation()]));
    world.fake.inject(Fault::expired_token().on([method.operation()]));
    let result = method.call(&world.hooks).await;
    let unknown = Fails(Server, Outcome::Unknown);
    assert_eq!(end_of(result.as_ref().copied()), method.of([End::Ok, unknown, End::Ok]), "{result:?}");
    assert_eq!((world.sent(method), world.asked_for_tokens()), method.of([(3, 1), (1, 0), (3, 1)]));
}

/// A hundred calls at once, each on its own webhook.
async fn crowd(world: &World, method: Method) {
    let identifiers: Vec<_> = (0..100).map(|n| format!("c-{n}")).collect();
    if method != Method::Create {
        world.fake.seed_all(identifiers.iter().map(|identifier| webhook(identifier))).unwrap();
    }
    let calls = identifiers.iter().map(|identifier| method.call_on(&world.hooks, identifier));
    for result in join_all(calls).await {
        assert_eq!(end_of(result.as_ref().copied()), End::Ok, "{result:?}");
    }
}

pub async fn r37_crowd_with_expired_token(method: Method) {
    let world = World::new().await;
    world.clock.advance(4 * 60 * MINUTE);
    world.fake.expire_tokens();
    crowd(&world, method).await;
    assert_eq!((world.asked_for_tokens(), world.sent(method)), (1, 100));
    world.fake.requests().answered(401).assert_count(0);
}

pub async fn r38_crowd_with_revoked_token(method: Method) {
    let world = World::new().await;
    world.fake.revoke_tokens();
    crowd(&world, method).await;
    assert_eq!((world.asked_for_tokens(), world.sent(method)), (1, 200));
    world.fake.requests().answered(401).assert_count(100);
}

pub async fn r39_caller_goes_away(method: Method) {
    let mut polls = 0;
    loop {
        // Without a token, so that the call may go away while one is on its way.
        let world = World::cold(|builder| builder).await;
        let sibling = tokio::spawn({
            let hooks = world.hooks.clone();
            async move { hooks.metadata().await }
        });
        let ended = poll_times(method.call(&world.hooks), polls).await;
        sibling.await.unwrap().unwrap();
        // The token that was on its way serves the next; nothing is waited for that nobody sends.
        world.hooks.metadata().await.unwrap();
        assert_eq!(world.asked_for_tokens(), 1, "after {polls} polls");
        let applied = world.fake.ledger().len();
        assert!(applied <= 1 && world.sent(method) <= 1, "after {polls} polls");
        if let Some(result) = ended {
            assert_eq!(result.unwrap(), super::cell::Success::Done);
            assert!(polls > 3, "a call is more than {polls} polls");
            return;
        }
        polls += 1;
    }
}

pub async fn r40_odd_lifetime(method: Method) {
    for (life, believed) in
        [(json!(null), MINUTE), (json!(0), MINUTE), (json!(-1), MINUTE), (json!(1e308), 24 * 60 * MINUTE)]
    {
        lives(method, json!({ "expiresIn": life }), believed).await;
    }
}

/// Only the token itself has to be readable. A lifetime in a text is read.
pub async fn r44_odd_token_response(method: Method) {
    for (response, believed) in [
        (json!({ "expiresIn": "7200" }), 120 * MINUTE),
        (json!({ "expiresIn": "soon" }), MINUTE),
        (json!({ "expiresIn": "" }), MINUTE),
        (json!({ "expiresIn": true }), MINUTE),
        (json!({ "expiresIn": ["7200"] }), MINUTE),
        (json!({ "tokenType": 7 }), 180 * MINUTE),
        (json!({ "ok": "yes" }), 180 * MINUTE),
    ] {
        lives(method, response, believed).await;
    }
}

/// A token is used as long as its response says.
async fn lives(method: Method, response: Value, believed: Duration) {
    let world = World::cold(|builder| builder).await;
    world.fake.inject(Fault::merged(response.clone()).always().on([Route::Token]));
    world.hooks.metadata().await.unwrap();
    world.clock.advance(believed.mul_f64(0.8));
    world.hooks.metadata().await.unwrap();
    assert_eq!(world.asked_for_tokens(), 1, "{response}");
    world.clock.advance(believed.mul_f64(0.21));
    method.call(&world.hooks).await.unwrap();
    assert_eq!(world.asked_for_tokens(), 2, "{response}");
}

pub async fn r46_runtime_of_a_token_request_ends(method: Method) {
    // No time limit ends while the token request hangs.
    let world = World::cold(|builder| builder.clock(ManualClock::new())).await;
    world.fake.inject(Fault::hanging().on([Route::Token]));
    let ending = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    // The token request belongs to the runtime that ends; the call that started it is not polled again.
    let entered = ending.enter();
    let mut abandoned = Box::pin(world.hooks.metadata().into_future());
    assert!(futures_util::poll!(abandoned.as_mut()).is_pending());
    drop(entered);
    settled(&world.fake, 1).await;
    let mut call = Box::pin(method.call(&world.hooks));
    assert!(futures_util::poll!(call.as_mut()).is_pending());
    assert_eq!(world.asked_for_tokens(), 1);
    ending.shutdown_background();
    call.await.unwrap();
    assert_eq!((world.asked_for_tokens(), world.sent(method)), (2, 1));
}
