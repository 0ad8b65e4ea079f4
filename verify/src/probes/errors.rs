//! Errors: their status, and what their bodies call them.

use reqwest::Method;
use serde_json::{Value, json};

use super::{any, joined, path_of, post};
use crate::readings::yes;
use crate::report::{Outcome, settled};
use crate::session::{Answer, Session, WEBHOOKS};

/// The largest body that is taken, as Port describes it.
const LARGEST: usize = 1024 * 1024;
const WRONG: &str = "a create with \"enabled\":\"yes\"";

/// Creates with a body that is wrong in one place.
async fn invalid(session: &mut Session) -> Result<Answer, String> {
    let (contract, _) = any(session).await?;
    let identifier = session.names.of("invalid");
    let mut body = contract.body(session, &identifier);
    body["enabled"] = json!("yes");
    let answer = post(session, &identifier, &body).await?;
    if answer.invalid() { Ok(answer) } else { Err(answer.unexpected(WRONG)) }
}

pub(crate) async fn validation_status(session: &mut Session) -> Outcome {
    let answer = invalid(session).await?;
    settled(answer.status, format!("{WRONG}: {}", answer.told()))
}

pub(crate) async fn validation(session: &mut Session) -> Outcome {
    let answer = invalid(session).await?;
    settled(answer.error()?, answer.told())
}

async fn of_401(session: &mut Session) -> Result<Answer, String> {
    session.exchange(Method::GET, WEBHOOKS, None, "not-a-token").await
}

async fn of_404(session: &mut Session) -> Result<Answer, String> {
    let path = path_of(&session.names.of("none"));
    session.get(&path).await
}

pub(crate) async fn unauthorized(session: &mut Session) -> Outcome {
    named(&of_401(session).await?, &[401, 403])
}

pub(crate) async fn not_found(session: &mut Session) -> Outcome {
    named(&of_404(session).await?, &[404])
}

/// On a webhook of the run's own, whatever the server takes it for.
pub(crate) async fn method(session: &mut Session) -> Outcome {
    let (_, identifier) = any(session).await?;
    named(&session.ask(Method::POST, &path_of(&identifier), Some(&json!({}))).await?, &[405, 404])
}

pub(crate) async fn conflict(session: &mut Session) -> Outcome {
    let (contract, identifier) = any(session).await?;
    let body = contract.body(session, &identifier);
    // The same body was taken before, so that the identifier is what is wrong with it.
    named(&post(session, &identifier, &body).await?, &[409, 400, 422])
}

pub(crate) async fn too_large(session: &mut Session) -> Outcome {
    let (contract, _) = any(session).await?;
    let identifier = session.names.of("large");
    let mut body = contract.body(session, &identifier);
    body["description"] = Value::from("x".repeat(LARGEST));
    // 422 could be because the description is too long.
    named(&post(session, &identifier, &body).await?, &[413])
}

pub(crate) async fn form(session: &mut Session) -> Outcome {
    let answers = [
        (of_401(session).await?, &[401, 403][..]),
        (of_404(session).await?, &[404]),
        (invalid(session).await?, &[400, 422]),
    ];
    let mut forms = Vec::new();
    for (answer, statuses) in &answers {
        answer.expect_status(statuses)?;
        let is_object = answer.body["error"].is_object();
        if !is_object && !answer.body["error"].is_string() {
            return Err(answer.unnamed());
        }
        forms.push((format!("for {}", answer.status), yes(is_object)));
    }
    let evidence: Vec<String> = answers.iter().map(|(answer, _)| answer.told()).collect();
    settled(joined(&forms).unwrap_or_default(), evidence.join("; "))
}

/// The status with the name of the error, where the status is one that can be the answer. Another one has another cause:
/// a token that has ended, a role, a server that fails.
pub(super) fn named(answer: &Answer, statuses: &[u16]) -> Outcome {
    answer.expect_status(statuses)?;
    settled(format!("{} {}", answer.status, answer.error()?), answer.told())
}
