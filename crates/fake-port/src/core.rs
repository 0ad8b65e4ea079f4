//! The fake itself: a request and the state give a reply, and nothing else happens.
//!
//! This is where the order of checks lives: route and method, authentication, size of the body, JSON,
//! schema, and last what only the state can tell. It knows no server and no socket.

use http::Method;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};

use crate::reply::{Refusal, Reply};
use crate::request::RecordedRequest;
use crate::state::State;
use crate::validate::Problem;
use crate::{token, webhooks};

/// Requests below this path carry credentials in their bodies.
pub(crate) const AUTH_PREFIX: &str = "/v1/auth/";
const TOKEN_PATH: &str = "/v1/auth/access_token";
const WEBHOOKS_PATH: &str = "/v1/webhooks";
const METADATA: &str = "metadata";
const BODY_LIMIT: usize = 1024 * 1024;

/// Answers a request and records it.
pub(crate) fn answer(state: &mut State, request: RecordedRequest) -> Reply {
    let reply =
        serve(state, &request).unwrap_or_else(|refusal| refusal.into_reply(state.settings.unverified));
    state.requests.push(request);
    reply.with_trace(state.next_trace())
}

fn serve(state: &mut State, request: &RecordedRequest) -> Result<Reply, Refusal> {
    let call = Call::of(&request.method, &request.path)?;
    if call != Call::IssueToken {
        token::authenticate(state, request)?;
    }
    match call {
        Call::IssueToken => token::issue(state, &body(request)?),
        Call::List => webhooks::list(state, request),
        Call::Metadata => Ok(webhooks::metadata(state)),
        Call::Create => webhooks::create(state, body(request)?),
        Call::Get(identifier) => webhooks::get(state, &identifier),
        Call::Patch(identifier) => webhooks::patch(state, &identifier, body(request)?),
        Call::Put(identifier) => webhooks::put(state, &identifier, body(request)?),
        Call::Delete(identifier) => webhooks::delete(state, &identifier),
    }
}

/// What a method and a path ask for.
#[derive(Debug, PartialEq)]
enum Call {
    IssueToken,
    List,
    Create,
    Metadata,
    Get(String),
    Patch(String),
    Put(String),
    Delete(String),
}

impl Call {
    fn of(method: &Method, path: &str) -> Result<Self, Refusal> {
        match path {
            TOKEN_PATH => match *method {
                Method::POST => Ok(Self::IssueToken),
                _ => Err(Refusal::MethodNotAllowed { allow: "POST" }),
            },
            WEBHOOKS_PATH => match *method {
                Method::GET => Ok(Self::List),
                Method::POST => Ok(Self::Create),
                _ => Err(Refusal::MethodNotAllowed { allow: "GET, POST" }),
            },
            _ => {
                let identifier = identifier(path).ok_or(Refusal::NoRoute)?;
                match *method {
                    Method::GET if identifier == METADATA => Ok(Self::Metadata),
                    Method::GET => Ok(Self::Get(identifier)),
                    Method::PATCH => Ok(Self::Patch(identifier)),
                    Method::PUT => Ok(Self::Put(identifier)),
                    Method::DELETE => Ok(Self::Delete(identifier)),
                    _ => Err(Refusal::MethodNotAllowed { allow: "GET, PATCH, PUT, DELETE" }),
                }
            }
        }
    }
}

/// The one segment after the collection's path, decoded once: a `%2F` does not end it.
fn identifier(path: &str) -> Option<String> {
    let segment = path.strip_prefix(WEBHOOKS_PATH)?.strip_prefix('/')?;
    if segment.is_empty() || segment.contains('/') {
        return None;
    }
    Some(percent_decode_str(segment).decode_utf8().ok()?.into_owned())
}

fn body(request: &RecordedRequest) -> Result<Map<String, Value>, Refusal> {
    if request.body.len() > BODY_LIMIT {
        return Err(Refusal::BodyTooLarge);
    }
    match serde_json::from_slice(&request.body) {
        Ok(Value::Object(body)) => Ok(body),
        Ok(_) => Err(Problem::new("must be an object").into()),
        // The parser's own words could quote the body.
        Err(error) => {
            let place = format!("not valid JSON at line {} column {}", error.line(), error.column());
            Err(Problem::new(place).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_and_methods_name_calls() {
        let id = || "a".to_owned();
        for (method, path, call) in [
            (Method::POST, "/v1/auth/access_token", Call::IssueToken),
            (Method::GET, "/v1/webhooks", Call::List),
            (Method::POST, "/v1/webhooks", Call::Create),
            (Method::GET, "/v1/webhooks/metadata", Call::Metadata),
            (Method::PATCH, "/v1/webhooks/metadata", Call::Patch("metadata".into())),
            (Method::GET, "/v1/webhooks/a", Call::Get(id())),
            (Method::PATCH, "/v1/webhooks/a", Call::Patch(id())),
            (Method::PUT, "/v1/webhooks/a", Call::Put(id())),
            (Method::DELETE, "/v1/webhooks/%61", Call::Delete(id())),
            (Method::GET, "/v1/webhooks/a%2Fb", Call::Get("a/b".into())),
            (Method::GET, "/v1/webhooks/a%252Fb", Call::Get("a%2Fb".into())),
            (Method::GET, "/v1/webhooks/%C3%A9", Call::Get("é".into())),
        ] {
            assert_eq!(Call::of(&method, path).unwrap(), call, "{method} {path}");
        }
    }

    #[test]
    fn other_paths_are_no_route() {
        for path in [
            "/",
            "/v1",
            "/v1/webhooks/",
            "/v1/webhooks/a/b",
            "/v1/webhooksx",
            "/V1/webhooks",
            "/v1/webhooks/%FF",
        ] {
            assert!(matches!(Call::of(&Method::GET, path), Err(Refusal::NoRoute)), "{path}");
        }
    }

    #[test]
    fn other_methods_are_told_which_ones_are_known() {
        for (method, path, known) in [
            (Method::GET, "/v1/auth/access_token", "POST"),
            (Method::HEAD, "/v1/webhooks", "GET, POST"),
            (Method::POST, "/v1/webhooks/a", "GET, PATCH, PUT, DELETE"),
            (Method::POST, "/v1/webhooks/metadata", "GET, PATCH, PUT, DELETE"),
        ] {
            match Call::of(&method, path) {
                Err(Refusal::MethodNotAllowed { allow }) => assert_eq!(allow, known, "{method} {path}"),
                other => panic!("{method} {path}: {other:?}"),
            }
        }
    }
}
