//! Rows 17 to 22: what is waited for when Port says that there were too many requests.

use std::time::Duration;

use fake_port::{Fault, Hint, Script};
use port_webhooks::{ErrorKind, Outcome};

use super::cell::{Fails, Method, World, all, second_time_lucky};
use crate::support::{ManualClock, client_at};

use ErrorKind::RateLimited;

fn header(name: &str, value: &str) -> Hint {
    Hint::Header(name.to_owned(), value.to_owned())
}

/// Twice a 429 with a hint, then what was asked for; each wait lies within seconds.
async fn waits_between(method: Method, hint: Hint, least: f64, most: f64) {
    waits_after(method, Fault::rate_limited(hint), least, [most; 2]).await;
}

async fn waits_after(method: Method, fault: Fault, least: f64, most: [f64; 2]) {
    let world = World::new().await;
    world.expect(method, fault.clone().times(2), [(3, super::cell::End::Ok); 3]).await;
    let waits = world.clock.waits();
    assert_eq!(waits.len(), 2, "{fault:?}");
    for (wait, most) in waits.iter().zip(most) {
        assert!((least..=most).contains(&wait.as_secs_f64()), "{fault:?}: {wait:?}");
    }
}

pub async fn r17_seconds(method: Method) {
    waits_between(method, Hint::Seconds(3), 3.0, 3.3).await;
    waits_between(method, Hint::Seconds(20), 20.0, 22.0).await;
    // A fraction is rounded up: a wait is never shorter than asked.
    waits_after(method, Fault::rate_limited(header("retry-after", "1.5")), 2.0, [2.2; 2]).await;
    waits_after(method, Fault::rate_limited(header("x-ratelimit-reset", "1.001")), 2.0, [2.2; 2]).await;
    waits_after(method, Fault::rate_limited(header("retry-after", "5.")), 5.0, [5.5; 2]).await;
    waits_after(method, Fault::rate_limited(header("retry-after", ".5")), 1.0, [1.1; 2]).await;
    let world = World::new().await;
    let stays = Fault::rate_limited(Hint::Seconds(3)).always();
    let error = world.expect(method, stays, all(3, RateLimited)).await.unwrap();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(3)));
}

pub async fn r18_date(method: Method) {
    // The fake tells its own date, years after that of the client's clock.
    waits_between(method, Hint::Date(3), 3.0, 3.3).await;
    // In the past it asks for no wait; that there is none to be asked for is the same.
    waits_after(
        method,
        Fault::rate_limited(header("retry-after", "Mon, 15 Jan 2024 10:00:00 GMT")),
        0.0,
        [1.0, 2.0],
    )
    .await;
    waits_after(method, Fault::rate_limited(Hint::Seconds(0)), 0.0, [1.0, 2.0]).await;

    // A response without a date is read by the client's clock, which says 10:30:00.
    let answer = "HTTP/1.1 429 Too Many Requests\r\nretry-after: Mon, 15 Jan 2024 10:30:07 GMT\r\n\
                  content-length: 0\r\n\r\n";
    let server = crate::support::play(Script::new().receive().send(answer)).await;
    let clock = ManualClock::new();
    let hooks = client_at(&server.uri()).clock(clock.clone()).build().unwrap().webhooks();
    let error = method.call(&hooks).await.unwrap_err();
    assert_eq!((error.kind(), error.outcome()), (RateLimited, Outcome::NotApplied));
    let wait = clock.waits()[0].as_secs_f64();
    assert!((7.0..=7.7).contains(&wait), "{wait}");
}

pub async fn r19_reset(method: Method) {
    waits_between(method, Hint::ResetWait(3), 3.0, 3.3).await;
    // An epoch and the date of the answer have whole seconds, so part of one may be missing or too many.
    waits_between(method, Hint::ResetEpoch(5), 4.0, 5.5).await;
    waits_between(method, Hint::ResetEpochMilliseconds(5), 4.0, 6.6).await;
    // Too many to be seconds to wait, too few to be an epoch.
    waits_after(method, Fault::rate_limited(header("x-ratelimit-reset", "86401")), 0.0, [1.0, 2.0]).await;
    let world = World::new().await;
    let a_day = Fault::rate_limited(header("x-ratelimit-reset", "86400"));
    let error = world.expect(method, a_day, all(1, RateLimited)).await.unwrap();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(86_400)));
    // The other header goes first.
    let both = Fault::status(429).header("x-ratelimit-reset", "50").header("retry-after", "2");
    waits_after(method, both, 2.0, [2.2; 2]).await;
}

pub async fn r20_no_hint(method: Method) {
    waits_after(method, Fault::rate_limited(Hint::None), 0.0, [1.0, 2.0]).await;
    let world = World::new().await;
    let error =
        world.expect(method, Fault::rate_limited(Hint::None).always(), all(3, RateLimited)).await.unwrap();
    assert_eq!(error.retry_after(), None);
}

pub async fn r21_too_long(method: Method) {
    let world = World::new().await;
    let error =
        world.expect(method, Fault::rate_limited(Hint::Seconds(61)), all(1, RateLimited)).await.unwrap();
    assert_eq!(error.retry_after(), Some(Duration::from_secs(61)));
    assert!(world.clock.waits().is_empty());
    // Of the time for the call less than a second would be left.
    for (deadline, end) in [(10_999, all(1, RateLimited)), (11_001, second_time_lucky())] {
        let world = World::with(|builder| builder.deadline(Duration::from_millis(deadline))).await;
        let error = world.expect(method, Fault::rate_limited(Hint::Seconds(10)), end).await;
        assert!(error.is_none_or(|error| error.retry_after() == Some(Duration::from_secs(10))));
    }
}

pub async fn r22_malformed(method: Method) {
    for malformed in ["-1", "+5", "1e9", "", "5s", "0x5", ".", "1,5", "٣", "soon"] {
        let fault = Fault::rate_limited(header("retry-after", malformed));
        waits_after(method, fault, 0.0, [1.0, 2.0]).await;
    }
    let world = World::new().await;
    let overflow = Fault::rate_limited(header("retry-after", "100000000000000000000")).always();
    let error =
        world.expect(method, overflow, [(1, Fails(RateLimited, Outcome::NotApplied)); 3]).await.unwrap();
    assert!(error.retry_after().unwrap() > Duration::from_secs(86_400));
}
