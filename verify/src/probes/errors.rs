//! Errors: their status, and what their bodies call them.

use reqwest::Method;
use serde_json::{Value, json};

use super::joined;
use crate::response::{Response, unexpected};
use crate::session::{Session, WEBHOOKS};

/// The largest body that is accepted, as Port describes it.
const LARGEST: usize = 1024 * 1024;

/// The response to a create whose `enabled` is a text.
async fn invalid(session: &mut Session) -> Result<Response, String> {
    let (contract, _) = session.any().await?;
    let mut body = session.body(contract, &session.names.of("invalid"));
    body["enabled"] = json!("yes");
    let response = session.post(&body).await?;
    if response.invalid() { Ok(response) } else { Err(unexpected()) }
}

pub(super) async fn validation_status(session: &mut Session) -> Result<String, String> {
    Ok(invalid(session).await?.status.to_string())
}

pub(super) async fn validation(session: &mut Session) -> Result<String, String> {
    invalid(session).await?.error_name()
}

async fn with_wrong_token(session: &mut Session) -> Result<Response, String> {
    session.send(&session.to(&Method::GET, WEBHOOKS).bearer_auth("not-a-token")).await
}

async fn of_missing(session: &mut Session) -> Result<Response, String> {
    session.on(&session.names.of("none"), &Method::GET, None).await
}

pub(super) async fn unauthorized(session: &mut Session) -> Result<String, String> {
    with_wrong_token(session).await?.error(&[401, 403])
}

pub(super) async fn not_found(session: &mut Session) -> Result<String, String> {
    of_missing(session).await?.error(&[404])
}

/// POST to a webhook that this run created, so that a server that does accept it harms nobody.
pub(super) async fn method(session: &mut Session) -> Result<String, String> {
    let (_, identifier) = session.any().await?;
    session.on(&identifier, &Method::POST, Some(&json!({}))).await?.error(&[405, 404])
}

/// The same body was accepted before, so that the identifier is what is wrong with it.
pub(super) async fn conflict(session: &mut Session) -> Result<String, String> {
    let (contract, identifier) = session.any().await?;
    session.post(&session.body(contract, &identifier)).await?.error(&[409, 400, 422])
}

/// A 422 could be because the description is too long.
pub(super) async fn too_large(session: &mut Session) -> Result<String, String> {
    let (contract, _) = session.any().await?;
    let mut body = session.body(contract, &session.names.of("large"));
    body["description"] = Value::from("x".repeat(LARGEST));
    session.post(&body).await?.error(&[413])
}

pub(super) async fn error_object(session: &mut Session) -> Result<String, String> {
    let responses = [
        (with_wrong_token(session).await?, &[401, 403][..]),
        (of_missing(session).await?, &[404]),
        (invalid(session).await?, &[400, 422]),
    ];
    let mut forms = Vec::new();
    for (response, statuses) in &responses {
        let error = &response.body["error"];
        if !statuses.contains(&response.status) || !(error.is_object() || error.is_string()) {
            return Err(unexpected());
        }
        forms.push((format!("for {}", response.status), error.is_object()));
    }
    joined(&forms).ok_or_else(unexpected)
}
