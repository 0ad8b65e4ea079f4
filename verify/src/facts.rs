//! Every fact about Port that nobody has verified: how the fake reads it, why, and how to ask.

use std::fmt;

use futures_util::future::BoxFuture;

use crate::probes::{errors, headers, reads, rules, tokens, writes};
use crate::readings::{default_of, default_reset};
use crate::report::Outcome;
use crate::session::Session;

/// Asks about a fact.
pub(crate) type Probe = for<'a> fn(&'a mut Session) -> BoxFuture<'a, Outcome>;

/// How a fact is settled.
#[derive(Clone, Copy)]
pub(crate) enum How {
    Ask(Probe),
    /// Not by a run, for this reason.
    Cannot(&'static str),
}

/// How the fake reads a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reading {
    /// In this way, in both of its profiles or in the one where the fact has a meaning.
    One(&'static str),
    /// In one way in the profile `Documented`, in another in `Live`.
    Two {
        /// In `Documented`.
        documented: &'static str,
        /// In `Live`.
        live: &'static str,
    },
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(value) => f.write_str(value),
            Self::Two { documented, live } => write!(f, "documented: {documented}; live: {live}"),
        }
    }
}

/// A fact about Port.
#[derive(Clone)]
pub struct Fact {
    /// Its name in the ledger; a switch's facts are called like the switch.
    pub id: &'static str,
    /// What is asked.
    pub question: &'static str,
    /// The switch of the fake that has the reading.
    pub switch: Option<&'static str>,
    /// How the fake reads it.
    pub reading: Reading,
    /// Why it does.
    pub why: &'static str,
    pub(crate) how: How,
}

impl Fact {
    /// Why no run can settle it, if none can.
    pub fn cannot(&self) -> Option<&'static str> {
        match self.how {
            How::Ask(_) => None,
            How::Cannot(reason) => Some(reason),
        }
    }

    /// The same fact with a probe that panics, for tests.
    #[doc(hidden)]
    #[must_use]
    #[allow(clippy::panic)] // It is what is tested.
    pub fn panicking(mut self) -> Self {
        self.how = How::Ask(|_| Box::pin(async { panic!("on purpose") }));
        self
    }
}

impl fmt::Debug for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fact").field("id", &self.id).finish_non_exhaustive()
    }
}

const ONE_ORGANIZATION: &str = "a run has one organization with one role, and does not change its settings";
const NEEDS_A_RECEIVER: &str = "a run has no address that Port could deliver to";
const NAMED_BY_PORT: &str = "such a webhook would not bear the prefix by which a run finds what it made";

macro_rules! ask {
    ($($path:ident)::+) => {
        How::Ask(|session| Box::pin($($path)::+(session)))
    };
}

/// What shows in answers that came before; nothing is sent.
macro_rules! look {
    ($($path:ident)::+) => {
        How::Ask(|session| Box::pin(std::future::ready($($path)::+(session))))
    };
}

/// All of them, in the order in which they are asked.
pub fn facts() -> Vec<Fact> {
    let mut all = switches();
    all.extend(contracts());
    all.extend(rules_of_bodies());
    all.extend(error_names());
    all.extend(limits());
    all.extend(out_of_reach());
    all
}

fn switch(id: &'static str, question: &'static str, why: &'static str, how: How) -> Fact {
    Fact { id, question, switch: Some(id), reading: Reading::One(default_of(id)), why, how }
}

fn fixed(id: &'static str, question: &'static str, value: &'static str, why: &'static str, how: How) -> Fact {
    Fact { id, question, switch: None, reading: Reading::One(value), why, how }
}

fn by_profile(
    id: &'static str,
    question: &'static str,
    [documented, live]: [&'static str; 2],
    why: &'static str,
    how: How,
) -> Fact {
    Fact { id, question, switch: None, reading: Reading::Two { documented, live }, why, how }
}

fn switches() -> Vec<Fact> {
    vec![
        switch(
            "validation_status",
            "status of a validation error",
            "Port's OpenAPI declares 422; the documentation's client maps 400",
            ask!(errors::validation_status),
        ),
        switch(
            "create_status",
            "status of a create",
            "the usual answer of a create; Port's OpenAPI declares no success",
            ask!(writes::create_status),
        ),
        switch(
            "list_key",
            "key of a list, where webhooks are data sources",
            "the plural of the key of one webhook, which was seen",
            ask!(reads::list_key),
        ),
        switch(
            "null_clears",
            "whether null in a PATCH of a subscription clears",
            "there is no other way to take a field away by PATCH",
            ask!(writes::null_clears),
        ),
        switch(
            "rename",
            "whether another identifier in a PATCH or PUT renames",
            "Port's Terraform provider renames by PUT, and its acceptance tests run against Port",
            ask!(writes::rename),
        ),
        switch(
            "reissue_token",
            "whether a token request gives the token of the last one again",
            "Port's documentation says so",
            ask!(tokens::reissue),
        ),
        switch(
            "error_object",
            "whether `error` is an object",
            "a string is what the documentation shows; an object occurs on some routes",
            ask!(errors::form),
        ),
        switch(
            "patch_enables",
            "whether a PATCH of a data source without `enabled` enables it",
            "a PATCH sets what it names; Port's OpenAPI has `default: true` there, which read literally enables",
            ask!(writes::patch_enables),
        ),
    ]
}

fn contracts() -> Vec<Fact> {
    vec![
        by_profile(
            "subscriptions",
            "whether a webhook with `url` and `events` is taken",
            ["taken", "refused"],
            "the documentation page has it and Port's OpenAPI has not; the fake's profile chooses",
            ask!(reads::subscriptions),
        ),
        by_profile(
            "data_sources",
            "whether a webhook without `url` and `events` is taken",
            ["refused", "taken"],
            "Port's OpenAPI has it and the documentation page has not; the fake's profile chooses",
            ask!(reads::data_sources),
        ),
        by_profile(
            "webhook_key",
            "key of one webhook",
            ["webhook", "integration"],
            "the documentation page; what Port's Terraform provider reads in its acceptance tests, run against Port",
            ask!(reads::webhook_key),
        ),
        by_profile(
            "paging",
            "whether `page` and `per_page` are honored",
            ["honored", "ignored"],
            "the documentation page has them; Port's OpenAPI has no parameters",
            ask!(reads::paging),
        ),
        fixed(
            "page_range",
            "where pages begin, and how large they are at most",
            "from 1, at most 100",
            "the common reading of such parameters",
            ask!(reads::page_range),
        ),
        fixed(
            "metadata_route",
            "what `GET /v1/webhooks/metadata` answers",
            "a list",
            "Port's OpenAPI has the route, and declares no success",
            ask!(reads::metadata),
        ),
        fixed("put", "what PUT does", "replaces", "Port's OpenAPI; the page has no PUT", ask!(writes::put)),
        fixed(
            "delete",
            "status of a delete, and of one more",
            "200, then 404",
            "Port's OpenAPI declares 404; a body with `ok` needs 200",
            ask!(writes::delete),
        ),
        fixed(
            "security_merge",
            "whether PATCH merges `security` by member or replaces it whole",
            "by member",
            "its members may be null in Port's OpenAPI, which is of no use otherwise",
            ask!(writes::security_merge),
        ),
        fixed(
            "secret",
            "how answers show a secret",
            "in clear",
            "Port's Terraform acceptance tests, run against Port, read it back",
            ask!(reads::secret),
        ),
    ]
}

fn rules_of_bodies() -> Vec<Fact> {
    vec![
        fixed(
            "required_subscription",
            "what a subscription needs beside an identifier",
            "url, events, an event",
            "without them nothing could be delivered; the page names no required fields",
            ask!(rules::required_of_subscription),
        ),
        fixed(
            "required_data_source",
            "what a data source needs",
            "title, enabled",
            "Port's OpenAPI",
            ask!(rules::required_of_data_source),
        ),
        fixed(
            "empty_secret",
            "whether the secret of a data source may be empty",
            "yes",
            "Port's OpenAPI has no shortest length",
            ask!(rules::empty_secret),
        ),
        fixed(
            "empty_identifier",
            "whether the `identifier` expression of a mapping may be empty",
            "yes",
            "Port's OpenAPI has no shortest length",
            ask!(rules::empty_identifier),
        ),
        fixed(
            "team_list",
            "whether the `team` of a mapping may be a list",
            "yes",
            "Port's entities have a list of teams; its OpenAPI has an expression or a query",
            ask!(rules::team_list),
        ),
        fixed(
            "operation_upsert",
            "whether the `operation` of a mapping may be `upsert`",
            "yes",
            "a guide of Port has it; its OpenAPI has create and delete",
            ask!(rules::operation_upsert),
        ),
        fixed(
            "security_object",
            "whether `security` is there in an answer when none was given",
            "yes",
            "Port's Terraform provider reads it as an object in every answer",
            ask!(reads::security_object),
        ),
        fixed(
            "enabled_default",
            "`enabled` of a subscription that was created without it",
            "true",
            "the default in Port's OpenAPI, of data sources",
            ask!(rules::enabled_default),
        ),
        fixed(
            "url_tried",
            "whether a `url` is tried when it is written",
            "no",
            "a test's address need not exist; the page calls an unreachable one invalid",
            ask!(rules::reachable),
        ),
        fixed(
            "unknown_fields",
            "what becomes of a field that Port does not know",
            "refused",
            "`additionalProperties: false` in Port's OpenAPI",
            ask!(rules::unknown),
        ),
        fixed(
            "identifier_limit",
            "longest identifier",
            "30",
            "Port's OpenAPI",
            ask!(rules::identifier_limit),
        ),
        fixed("title_limit", "longest title", "30", "Port's OpenAPI", ask!(rules::title_limit)),
        fixed(
            "description_limit",
            "longest description",
            "200",
            "Port's OpenAPI",
            ask!(rules::description_limit),
        ),
    ]
}

fn error_names() -> Vec<Fact> {
    const NAMED: &str = "made up: no description has the names of errors";
    vec![
        fixed(
            "rename_conflict",
            "status of a rename to a taken identifier",
            "409",
            "the usual status",
            ask!(writes::rename_conflict),
        ),
        fixed(
            "error_validation",
            "name of a validation error",
            "validation_error",
            NAMED,
            ask!(errors::validation),
        ),
        fixed("error_401", "answer to a wrong token", "401 unauthorized", NAMED, ask!(errors::unauthorized)),
        fixed(
            "error_404",
            "answer to an identifier that none has",
            "404 not_found",
            NAMED,
            ask!(errors::not_found),
        ),
        fixed(
            "error_405",
            "answer to a method that a route has not",
            "405 method_not_allowed",
            NAMED,
            ask!(errors::method),
        ),
        fixed(
            "error_409",
            "answer to a create of a taken identifier",
            "409 conflict",
            NAMED,
            ask!(errors::conflict),
        ),
        fixed(
            "error_413",
            "answer to a body over 1 MiB",
            "413 payload_too_large",
            NAMED,
            ask!(errors::too_large),
        ),
    ]
}

fn limits() -> Vec<Fact> {
    vec![
        Fact {
            id: "rate_limit_reset",
            question: "what `x-ratelimit-reset` counts",
            switch: Some("RateLimit::reset"),
            reading: Reading::One(default_reset()),
            why: "Port's documentation; its Terraform provider reads seconds to wait",
            how: ask!(headers::reset),
        },
        fixed(
            "token_rate",
            "what a request for a token takes from the rate limit",
            "nothing",
            "the limit is of an organization, and the request has no token that would name one",
            ask!(tokens::rate),
        ),
        fixed(
            "error_429",
            "answer beyond the rate limit",
            "429 rate_limited",
            "made up: no description has the names of errors",
            look!(headers::limited),
        ),
        Fact {
            id: "retry_after",
            question: "whether a 429 has `retry-after`",
            switch: Some("RateLimit::retry_after"),
            reading: Reading::One("not said"),
            why: "Port does not document it",
            how: look!(headers::retry_after),
        },
        fixed(
            "trace_id",
            "where `x-trace-id` is",
            "every answer",
            "Port's documentation of its API",
            look!(headers::trace_id),
        ),
    ]
}

fn out_of_reach() -> Vec<Fact> {
    vec![
        fixed(
            "error_403",
            "answer to a role or an address that may not",
            "none but an injected one",
            "the fake has no roles; a list needs the role moderator or admin since March 2026",
            How::Cannot(ONE_ORGANIZATION),
        ),
        fixed(
            "identifier_needed",
            "whether a subscription needs an identifier",
            "yes",
            "the page's examples have one; Port's OpenAPI lets data sources do without",
            How::Cannot(NAMED_BY_PORT),
        ),
        fixed(
            "metadata_shadowed",
            "whether a webhook called `metadata` can be read",
            "no",
            "the route of the same name goes first",
            How::Cannot(NAMED_BY_PORT),
        ),
        fixed(
            "signature_header",
            "header of the signature of a body",
            "x-port-signature",
            "the page names none; live Port uses this one for the timestamped scheme",
            How::Cannot(NEEDS_A_RECEIVER),
        ),
        Fact {
            id: "delivery_timestamp",
            question: "whether `x-port-timestamp` counts seconds or milliseconds",
            switch: Some("Deliveries::milliseconds"),
            reading: Reading::One("seconds"),
            why: "the text of Port's documentation, and what its agent writes; its example receivers take milliseconds",
            how: How::Cannot(NEEDS_A_RECEIVER),
        },
        fixed(
            "call_retries",
            "whether a failed call of an action or automation is repeated",
            "no",
            "Port writes of no repetition, and keeps the answer of a synchronized call",
            How::Cannot(NEEDS_A_RECEIVER),
        ),
        fixed(
            "empty_body",
            "what is signed and sent with GET and DELETE",
            "an empty body",
            "Port has bodies for POST, PUT and PATCH",
            How::Cannot(NEEDS_A_RECEIVER),
        ),
        fixed(
            "delivery_retries",
            "how deliveries are retried",
            "3 attempts, doubling waits",
            "the page says that they are, not how",
            How::Cannot(NEEDS_A_RECEIVER),
        ),
        fixed(
            "delivery_payloads",
            "payloads of actions, runs and blueprints",
            "as that of entities",
            "the page's one example is of entities",
            How::Cannot(NEEDS_A_RECEIVER),
        ),
    ]
}
