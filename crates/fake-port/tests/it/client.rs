//! A client without opinions: it sends the requests of a test and returns the responses.

use fake_port::FakePort;
use reqwest::Method;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Value,
}

impl Response {
    /// Checks a refusal's form and returns its message.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, error: &str) -> &str {
        assert_eq!(self.status, status, "{}", self.body);
        assert_eq!(self.body["ok"], false);
        assert_eq!(self.body["error"], error);
        assert_eq!(self.body.as_object().unwrap().len(), 3, "{}", self.body);
        self.body["message"].as_str().unwrap()
    }

    /// The one webhook of an answer of the documented profile.
    #[track_caller]
    pub(crate) fn webhook(&self) -> &Value {
        assert!(self.status < 300, "{}", self.body);
        &self.body["webhook"]
    }

    pub(crate) fn identifiers(&self, key: &str) -> Vec<&str> {
        let webhooks = self.body[key].as_array().unwrap_or_else(|| panic!("no {key} in {}", self.body));
        webhooks.iter().map(|webhook| webhook["identifier"].as_str().unwrap()).collect()
    }
}

pub(crate) struct Client {
    http: reqwest::Client,
    base: String,
    token: Option<String>,
}

impl Client {
    /// A client that has a token.
    pub(crate) fn of(port: &FakePort) -> Self {
        Self { token: Some(port.issue_token()), ..Self::stranger(port) }
    }

    /// A client without a token.
    pub(crate) fn stranger(port: &FakePort) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        Self { http, base: port.uri(), token: None }
    }

    pub(crate) fn with_token(self, token: impl Into<String>) -> Self {
        Self { token: Some(token.into()), ..self }
    }

    /// Sends these bytes.
    pub(crate) async fn send_bytes(&self, method: &str, path: &str, body: impl Into<Vec<u8>>) -> Response {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let mut request = self.http.request(method, format!("{}{path}", self.base)).body(body.into());
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.unwrap();
        if status != 204 {
            assert_eq!(headers["content-type"], "application/json; charset=utf-8");
        }
        assert!(!headers["x-trace-id"].is_empty());
        let body = if bytes.is_empty() { Value::Null } else { serde_json::from_slice(&bytes).unwrap() };
        Response { status, headers, body }
    }

    pub(crate) async fn send(&self, method: &str, path: &str, body: Value) -> Response {
        self.send_bytes(method, path, body.to_string()).await
    }

    pub(crate) async fn get(&self, path: &str) -> Response {
        self.send_bytes("GET", path, "").await
    }

    pub(crate) async fn delete(&self, path: &str) -> Response {
        self.send_bytes("DELETE", path, "").await
    }

    pub(crate) async fn post(&self, body: Value) -> Response {
        self.send("POST", "/v1/webhooks", body).await
    }

    pub(crate) async fn patch(&self, identifier: &str, body: Value) -> Response {
        self.send("PATCH", &format!("/v1/webhooks/{identifier}"), body).await
    }

    pub(crate) async fn put(&self, identifier: &str, body: Value) -> Response {
        self.send("PUT", &format!("/v1/webhooks/{identifier}"), body).await
    }

    pub(crate) async fn ask_token(&self, id: &str, secret: &str) -> Response {
        self.send("POST", "/v1/auth/access_token", json!({ "clientId": id, "clientSecret": secret })).await
    }
}

/// A subscription with every field.
pub(crate) fn subscription(identifier: &str) -> Value {
    json!({
        "identifier": identifier,
        "title": "Entities",
        "description": "Tells of entities",
        "url": "https://example.com/hook",
        "events": ["entity.created", "entity.updated"],
        "headers": { "X-API-Key": "key-value" },
        "security": { "secret": "secret-value" },
        "enabled": false,
    })
}
