//! Rate limits are looked at and obeyed.

use std::sync::Arc;
use std::time::Duration;

use fake_port::{Profile, RequestLimit, Reset, Unverified};

use crate::fake::{ask, assert_clean, builder};

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_is_waited_for_and_told() {
    for (reset, told) in [
        (Reset::EpochSeconds, "epoch seconds"),
        (Reset::EpochMilliseconds, "epoch milliseconds"),
        (Reset::SecondsToWait, "seconds to wait"),
    ] {
        for (retry_after, said) in [(false, "not said"), (true, "seconds")] {
            let limit = RequestLimit::new(30, Duration::from_secs(60)).reset(reset).retry_after(retry_after);
            let fake = builder(Profile::Documented, Unverified::default()).rate_limit(limit);
            let fake = Arc::new(fake.start().await.unwrap());
            let report = ask(&fake).await;
            assert_clean(&fake);
            assert_eq!(report.value("rate_limit_reset"), Some(told));
            assert_eq!(report.value("retry_after"), Some(said));
            assert_eq!(report.value("error_429"), Some("429 rate_limited"));
            assert!(fake.counts().rate_limited < 10, "{:?}", fake.counts());
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_that_is_not_reached_is_not_used_up() {
    let limit = RequestLimit::new(1000, Duration::from_secs(60));
    let fake = builder(Profile::Live, Unverified::default()).rate_limit(limit);
    let fake = Arc::new(fake.start().await.unwrap());
    let report = ask(&fake).await;
    assert_eq!(report.value("token_rate"), Some("nothing"));
    assert_eq!(report.value("error_429"), None);
    assert_eq!(fake.counts().rate_limited, 0);
    assert_clean(&fake);
}
