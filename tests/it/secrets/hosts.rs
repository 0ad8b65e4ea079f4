//! A redirect whose host is made of what the request carried.

use http::{HeaderName, HeaderValue};
use port_webhooks::{Client, ErrorKind};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::canary::{HOST_TOKEN, assert_hidden, printed};
use super::encodings;
use crate::support::{Log, ManualClock};

#[tokio::test]
async fn a_redirect_to_a_host_with_the_token_in_it_does_not_show_it() {
    let log = Log::default();
    let recording = log.record();
    let fits: [fn(&str) -> String; 6] = [
        str::to_ascii_uppercase,
        |text| text.replace('.', "-"),
        |text| text.chars().rev().collect(),
        |text| format!("{text}.elsewhere"),
        |text| format!("user:{text}@elsewhere"),
        |text| format!("a-{text}-b"),
    ];
    let all = encodings::ALL.into_iter().map(|(_, encode)| encode).chain(fits);
    let server = MockServer::start().await;
    let builder = Client::builder().access_token(HOST_TOKEN).base_url(server.uri());
    let hooks = builder.clock(ManualClock::new()).build().unwrap().webhooks();
    for encode in all {
        for form in ["https://HOST.example.com/", "//HOST.example.com:8443/HOST", "https://HOST/", "HOST"] {
            let location = form.replace("HOST", &encode(HOST_TOKEN));
            let Ok(location) = HeaderValue::from_str(&location) else { continue };
            let redirect = move |_: &Request| {
                ResponseTemplate::new(307)
                    .insert_header(HeaderName::from_static("location"), location.clone())
            };
            let mock = Mock::given(wiremock::matchers::any()).respond_with(redirect);
            let _mounted = mock.mount_as_scoped(&server).await;
            let result = hooks.get("a").await;
            assert_hidden(&printed(&result));
            assert_eq!(result.unwrap_err().kind(), ErrorKind::Redirect);
        }
    }
    drop(recording);
    assert_hidden(&log.text());
}
