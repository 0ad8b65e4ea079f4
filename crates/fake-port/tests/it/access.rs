//! Who may send requests: programs under an allowed name, and no page in a browser.

use fake_port::wiremock::{Mock, ResponseTemplate, matchers};
use fake_port::{Builder, FakePort, Recording, StartError};
use reqwest::header::{HOST, ORIGIN};
use serde_json::Value;

use crate::client::subscription;

fn builder() -> Builder {
    FakePort::builder().webhook(subscription("a")).admin(true).record(Recording::All)
}

/// The status of a request with these headers, which has a token, and the message of a refusal.
async fn send(port: &FakePort, path: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let number = port.uri().rsplit(':').next().unwrap().to_owned();
    let request = http.get(format!("http://127.0.0.1:{number}{path}")).bearer_auth(port.issue_token());
    let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body: Value = response.json().await.unwrap();
    if status == 403 {
        assert_eq!((&body["ok"], &body["error"]), (&false.into(), &"forbidden".into()));
    }
    (status, body["message"].as_str().unwrap_or_default().to_owned())
}

const PATHS: [&str; 4] = ["/v1/webhooks/a", "/_fake/counts", "/v1/nothing", "/mock"];

#[tokio::test]
async fn foreign_origin_or_host_is_refused_on_every_path() {
    let port = builder().start().await.unwrap();
    port.mount(Mock::given(matchers::path("/mock")).respond_with(ResponseTemplate::new(200))).await;
    for path in PATHS {
        for (name, value) in [
            (HOST, "attacker.example.com"),
            (HOST, ""),
            (HOST, "10.0.0.1:80"),
            (HOST, "0.0.0.0"),
            (HOST, "localhost.example.com"),
            (HOST, "127.0.0.1.example.com:80"),
            (HOST, "a@127.0.0.1"),
            (ORIGIN, ""),
            (ORIGIN, "http://127.0.0.1:4010"),
            (ORIGIN, "https://attacker.example.com"),
            (ORIGIN, "http://localhost:3000"),
            (ORIGIN, "null"),
        ] {
            let (status, message) = send(&port, path, &[(name.as_str(), value)]).await;
            assert_eq!(status, 403, "{path} {value}");
            assert!(message.contains("--allow-host"), "{message}");
        }
    }
    assert_eq!((port.counts().requests, port.requests().len()), (0, 0), "neither counted nor recorded");
}

#[tokio::test]
async fn loopback_names_work_with_any_port() {
    let port = builder().serve().await.unwrap();
    for host in
        ["localhost", "LocalHost:1", "127.0.0.1", "127.0.0.1:65000", "127.9.9.9:1", "[::1]", "[::1]:4010"]
    {
        assert_eq!(send(&port, "/v1/webhooks/a", &[("host", host)]).await.0, 200, "{host}");
        assert_eq!(send(&port, "/_fake", &[("host", host)]).await.0, 200, "{host}");
    }
}

#[tokio::test]
async fn allowed_host_is_accepted_as_host_and_origin() {
    let names = ["fake", "Port.Example.com", "10.0.0.7", "fd00::7"];
    let builder = names.into_iter().fold(builder().host([0, 0, 0, 0].into()), Builder::allow_host);
    let port = builder.serve().await.unwrap();
    assert!(port.uri().starts_with("http://127.0.0.1:"), "a client can use it: {}", port.uri());
    for path in ["/v1/webhooks/a", "/_fake"] {
        assert_eq!(send(&port, path, &[("host", "fake:4010")]).await.0, 200);
        assert_eq!(send(&port, path, &[("host", "fake"), ("origin", "http://fake:3000")]).await.0, 200);
        for (host, status) in [
            ("FAKE", 200),
            ("port.example.com", 200),
            ("10.0.0.7:1", 200),
            ("[fd00::7]:1", 200),
            ("localhost", 200),
            ("other", 403),
            ("fake.example.com", 403),
            ("0.0.0.0:4010", 403),
        ] {
            assert_eq!(send(&port, path, &[("host", host)]).await.0, status, "{host}");
        }
        assert_eq!(send(&port, path, &[("host", "fake"), ("origin", "fake")]).await.0, 403, "no scheme");
        assert_eq!(send(&port, path, &[("host", "fake"), ("origin", "http://other")]).await.0, 403);
        assert_eq!(send(&port, path, &[("host", "fake"), ("host", "fake")]).await.0, 403, "two hosts");
    }
}

// Other systems have only one loopback address.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn address_it_listens_on_is_accepted() {
    let port = builder().host([127, 0, 0, 9].into()).serve().await.unwrap();
    let number = port.uri().strip_prefix("http://127.0.0.9:").unwrap().to_owned();
    let http = reqwest::Client::builder().no_proxy().build().unwrap();
    let response = http.get(format!("{}/_fake", port.uri())).send().await.unwrap();
    assert_eq!(response.status(), 200);
    let error =
        builder().host([127, 0, 0, 9].into()).port(number.parse().unwrap()).serve().await.unwrap_err();
    assert_eq!(error.to_string(), format!("cannot listen on 127.0.0.9:{number}"));
}

#[tokio::test]
async fn wrong_name_of_a_host_is_refused_at_the_start() {
    for name in ["", "http://fake", "fake:4010", "*", "a b", "a/b"] {
        let error = FakePort::builder().allow_host(name).start().await.unwrap_err();
        assert!(matches!(&error, StartError::Host(wrong) if wrong == name), "{error}");
        assert!(error.to_string().contains("without scheme and port"), "{error}");
    }
}
