//! Errors: their status, and what their bodies call them.

use reqwest::Method;
use serde_json::json;

use super::joined;
use crate::Result;
use crate::response::{Response, UNEXPECTED};
use crate::session::Session;
use crate::webhooks::WEBHOOKS;

/// The largest body that is accepted, as Port describes it.
const LARGEST: usize = 1024 * 1024;

pub(super) async fn invalid(session: &mut Session) -> Result<Response> {
    let (kind, _) = session.any().await?;
    session.create(kind, "invalid", json!({ "enabled": "yes" })).await?.expect(&[400, 422])
}

pub(super) async fn unauthorized(session: &mut Session) -> Result<Response> {
    session.send(session.to(Method::GET, WEBHOOKS).bearer_auth("not-a-token")).await?.expect(&[401, 403])
}

pub(super) async fn not_found(session: &mut Session) -> Result<Response> {
    session.on(&session.name("none"), Method::GET, None).await?.expect(&[404])
}

/// POST to a webhook that this run created, so that a server that does accept it harms nobody.
pub(super) async fn method(session: &mut Session) -> Result<Response> {
    let (_, identifier) = session.any().await?;
    session.on(&identifier, Method::POST, Some(json!({}))).await?.expect(&[405, 404])
}

/// The same body was accepted before, so that the identifier is what is wrong with it.
pub(super) async fn conflict(session: &mut Session) -> Result<Response> {
    let (kind, identifier) = session.any().await?;
    session.create(kind, "", json!({ "identifier": identifier })).await?.expect(&[409, 400, 422])
}

/// A 422 could be because the description is too long.
pub(super) async fn too_large(session: &mut Session) -> Result<Response> {
    let (kind, _) = session.any().await?;
    session.create(kind, "large", json!({ "description": "x".repeat(LARGEST) })).await?.expect(&[413])
}

/// Whether `error` is an object.
pub(super) async fn object(session: &mut Session) -> Result<String> {
    let mut answers = Vec::new();
    for response in [unauthorized(session).await?, not_found(session).await?, invalid(session).await?] {
        let error = &response.body["error"];
        if !(error.is_object() || error.is_string()) {
            return Err(UNEXPECTED.to_owned());
        }
        answers.push((format!("for {}", response.status), error.is_object()));
    }
    Ok(joined(&answers))
}
