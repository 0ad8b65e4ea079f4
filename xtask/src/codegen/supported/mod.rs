//! The constructs of OpenAPI that the generator supports, by position. Everything else is refused, with the place and a
//! remedy: progenitor skips some of it in silence, and generates code of some of it that does not compile.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::Result;
use serde_json::{Value, json};

pub(super) use self::schemas::{LEFT_OUT, SAY_IT_IN_WORDS};
use self::schemas::{NEEDS_NAME, documented};
use super::by_hand::Parts;
use super::enumerations::is_enumeration;
use super::operations::argument;
use super::place::{METHODS, Operation, Place, operations};

mod schemas;

const OF_OPERATIONS: &[&str] = &[
    "operationId",
    "tags",
    "summary",
    "description",
    "security",
    "parameters",
    "requestBody",
    "responses",
    "callbacks",
    "x-idempotent",
];

const OF_DELIVERIES: &[&str] =
    &["operationId", "tags", "summary", "description", "security", "parameters", "requestBody", "responses"];

const OF_HEADERS: &[&str] = &["description", "required", "schema", "example", "examples"];

const OF_PARAMETERS: &[&str] = &["name", "in", "required", "description", "schema", "example", "examples"];

/// What the checks collect on their way.
#[derive(Default)]
struct Found<'a> {
    operation_ids: BTreeSet<&'a str>,
    /// Path templates, by what they match.
    routes: BTreeMap<String, &'a str>,
    /// Schemas that bodies lead to. The others have no type.
    schemas: Vec<Place<'a>>,
    /// What only code by hand reads.
    by_hand: Parts,
}

/// Checks that the generator supports every construct of a contract. Returns the parts that only code by hand reads.
pub(super) fn check(contract: &Value) -> Result<Parts> {
    let root = Place::root(contract);
    let mut found = Found::default();
    root.only(&["openapi", "info", "servers", "security", "tags", "paths", "components"], SAY_IT_IN_WORDS)?;
    for server in root.at("servers").items()? {
        server.only(&["url", "description"], "write one server for each value")?;
        let host = server.text("url").strip_prefix("https://").unwrap_or_default();
        let host = host.strip_suffix('/').unwrap_or(host);
        if host.is_empty() || !host.chars().all(|c| c.is_ascii_alphanumeric() || "-.:".contains(c)) {
            return server.refuse(
                "the client is given the address of a server, and its path would be lost",
                "write `https://` and a host here, and the path in front of each route in `paths`",
            );
        }
        found.by_hand.add("the list of servers".to_owned(), &root.at("servers"), server.value["url"].clone());
    }
    if root.value["security"] != json!([{ "bearer": [] }]) {
        return root.at("security").refuse(
            "requests carry the bearer token unless their operation says otherwise",
            "write `security: [{ bearer: [] }]`",
        );
    }
    let Some(components) = root.get("components") else {
        return root.refuse("no `components`", "write at least `schemas` there");
    };
    components.only(
        &["securitySchemes", "parameters", "headers", "responses", "requestBodies", "schemas", "examples"],
        "write it where it is used",
    )?;
    let schemes = components.at("securitySchemes");
    let bearer = schemes.at("bearer");
    if schemes.members()?.len() != 1 || (bearer.text("type"), bearer.text("scheme")) != ("http", "bearer") {
        return schemes.refuse(
            "requests carry a bearer token and nothing else",
            "write `bearer: { type: http, scheme: bearer }` as the only scheme",
        );
    }
    bearer.only(&["type", "scheme", "description"], SAY_IT_IN_WORDS)?;
    for (path, item) in root.at("paths").members()? {
        found.route(path, &item)?;
        item.only(&[&METHODS[..], &["parameters"]].concat(), "write it at each operation")?;
    }
    for operation in operations(&root)? {
        found.operation(&operation)?;
    }
    // Each enumeration has a generated type, whatever leads to it.
    let named = components.at("schemas").members()?.into_iter();
    let enumerations = named.filter(|(name, schema)| is_enumeration(name, schema.value));
    found.schemas.extend(enumerations.map(|(_, schema)| schema));
    schemas::check(found.schemas)?;
    Ok(found.by_hand)
}

impl<'a> Found<'a> {
    /// A path template: each segment is a text or one parameter, and no other template matches the same paths.
    fn route(&mut self, path: &'a str, item: &Place<'a>) -> Result<()> {
        let segments = path.strip_prefix('/').unwrap_or_default().split('/');
        let shape = segments.map(|segment| {
            let is_text = |text: &str| {
                !["", ".", ".."].contains(&text)
                    && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._~".contains(c))
            };
            match segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
                Some(name) if is_text(name) => Some("{}"),
                None if is_text(segment) => Some(segment),
                _ => None,
            }
        });
        let Some(shape) = shape.collect::<Option<Vec<_>>>() else {
            return item.refuse(
                "a path is `/` and segments, and a parameter is a whole segment",
                "write it as `/v1/things/{thing}`",
            );
        };
        match self.routes.insert(shape.join("/"), path) {
            Some(other) => item.refuse(
                format!("a request for it could be one for `{other}`"),
                "write the operations of both under one of them",
            ),
            None => Ok(()),
        }
    }

    fn operation(&mut self, described: &Operation<'a>) -> Result<()> {
        let operation = &described.place;
        operation.only(OF_OPERATIONS, SAY_IT_IN_WORDS)?;
        self.operation_id(operation)?;
        documented(operation)?;
        let summary = operation.text("summary").trim();
        if summary.is_empty() {
            return operation.refuse("no summary", "write one; it becomes the documentation");
        }
        if summary.contains(['\n', '\r']) || summary.contains("<details>") {
            return operation.refuse(
                "a summary is one line of text, which messages name the operation by",
                "move the rest to the description",
            );
        }
        security(
            operation,
            &[json!([{ "bearer": [] }]), json!([])],
            "write `security: [{ bearer: [] }]`, or `security: []` for a request without a token",
        )?;
        if operation.value.get("x-idempotent").is_some_and(|idempotent| !idempotent.is_boolean()) {
            return operation.refuse("`x-idempotent` is a flag", "write `true` or `false`");
        }
        parameters(described)?;
        if let Some(body) = operation.get("requestBody") {
            if matches!(described.method, "get" | "delete") {
                return body.refuse(
                    format!("a {} has no body", described.method),
                    "remove it, or choose another method",
                );
            }
            self.request_body(&body)?;
        }
        self.responses(operation)?;
        for (_, callback) in operation.at("callbacks").members()? {
            for (_, item) in callback.members()? {
                item.only(&["post"], "a delivery is described as a POST; write it there")?;
                let Some(delivery) = item.get("post") else {
                    return item.refuse("no delivery", "write it as `post`");
                };
                self.delivery(&delivery)?;
            }
        }
        Ok(())
    }

    fn delivery(&mut self, delivery: &Place<'a>) -> Result<()> {
        self.operation_id(delivery)?;
        delivery.only(OF_DELIVERIES, SAY_IT_IN_WORDS)?;
        security(delivery, &[json!([])], "write `security: []`: a delivery is signed instead")?;
        for parameter in delivery.at("parameters").items()? {
            let parameter = parameter.target("parameters")?;
            parameter.only(OF_PARAMETERS, "remove it: a header is read as one text")?;
            if parameter.text("in") != "header" {
                return parameter.refuse(
                    "a receiver reads headers and the body alone",
                    "write `in: header`, or remove it",
                );
            }
            self.by_hand.add_header(format!("the delivery header {}", parameter.text("name")), &parameter);
        }
        for (status, response) in delivery.at("responses").members()? {
            response.only(&["description"], SAY_IT_IN_WORDS)?;
            if status != "2XX" {
                return response
                    .refuse("a delivery is accepted by any success", "write `2XX` as the only response");
            }
        }
        match delivery.get("requestBody") {
            Some(body) => self.request_body(&body),
            None => delivery.refuse("no body", "write a `requestBody`"),
        }
    }

    fn operation_id(&mut self, operation: &Place<'a>) -> Result<()> {
        let id = operation.text("operationId");
        if !is_name(id) {
            return operation.refuse(
                format!("operationId {id:?} is not the name of a Rust function"),
                "write it as `verb_noun`, in lower case",
            );
        }
        if !self.operation_ids.insert(id) {
            return operation
                .refuse(format!("operationId `{id}` is used twice"), "give each operation its own");
        }
        Ok(())
    }

    fn request_body(&mut self, body: &Place<'a>) -> Result<()> {
        let body = body.clone().target("requestBodies")?;
        body.only(&["description", "required", "content"], SAY_IT_IN_WORDS)?;
        documented(&body)?;
        if body.value["required"] != true {
            return body.refuse("a body that may be absent", "write `required: true`");
        }
        match self.json_schema(&body)? {
            Some(_) => Ok(()),
            None => body.refuse("a body without content", "write `content: { application/json: … }`"),
        }
    }

    /// The name of the schema of the JSON content, if there is content.
    fn json_schema(&mut self, owner: &Place<'a>) -> Result<Option<&'a str>> {
        let Some(content) = json_content(owner)? else { return Ok(None) };
        match content.get("schema") {
            Some(schema) if schema.value.get("$ref").is_some() => {
                self.schemas.push(schema.clone().target("schemas")?);
                schema.reference("schemas").map(Some)
            }
            Some(schema) => schema.refuse("the type of a body needs a name", NEEDS_NAME),
            None => content.refuse("no schema", "write one that refers to components/schemas"),
        }
    }

    /// The successes of an operation have the same body or none, because its type has to be known before the response
    /// comes.
    fn responses(&mut self, operation: &Place<'a>) -> Result<()> {
        let mut bodies = BTreeSet::new();
        for (status, response) in operation.at("responses").members()? {
            let is_status = status.len() == 3
                && status.starts_with(['2', '3', '4', '5'])
                && (status.ends_with("XX") || status.bytes().all(|byte| byte.is_ascii_digit()));
            if !is_status {
                return response.refuse(
                    "this could be a success or an error",
                    "name its status, or a range such as `5XX`",
                );
            }
            let response = response.target("responses")?;
            response.only(&["description", "headers", "content"], SAY_IT_IN_WORDS)?;
            for (name, header) in response.at("headers").members()? {
                let header = header.target("headers")?;
                header.only(OF_HEADERS, "remove it: a header is read as one text")?;
                self.by_hand.add_header(format!("the response header {name}"), &header);
            }
            if status.starts_with('2') {
                bodies.insert(self.json_schema(&response)?);
                if bodies.iter().flatten().count() > 1 {
                    return response.refuse(
                        "another success of this operation has a body of another schema",
                        "refer to the same schema in both",
                    );
                }
            } else if let Some(schema) = json_content(&response)?.and_then(|content| content.get("schema")) {
                self.by_hand.add("the body of an error".to_owned(), &schema, schema.value.clone());
            }
        }
        if bodies.is_empty() {
            return operation.refuse("no success among the responses", "write one, such as `200`");
        }
        Ok(())
    }
}

/// The JSON content of a body, if it has content.
fn json_content<'a>(owner: &Place<'a>) -> Result<Option<Place<'a>>> {
    let mut contents = owner.at("content").members()?;
    let Some((media_type, content)) = contents.pop() else { return Ok(None) };
    if media_type != "application/json" || !contents.is_empty() {
        return owner.refuse("only JSON is sent and read", "write `application/json` as the only content");
    }
    content.only(&["schema", "example", "examples"], "remove it: JSON has no parts to encode")?;
    Ok(Some(content))
}

/// Whether a text is a Rust name in snake case, as it would be generated. Keywords are not.
fn is_name(text: &str) -> bool {
    // `syn` does not know yet that edition 2024 reserves `gen`.
    text != "gen"
        && syn::parse_str::<syn::Ident>(text).is_ok()
        && text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.split('_').all(|word| !word.is_empty())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// The `security` of an operation or a delivery. Without one, that of the document holds.
fn security(operation: &Place<'_>, allowed: &[Value], remedy: &str) -> Result<()> {
    let security = operation.at("security");
    let holds = operation.value.get("security").unwrap_or(&operation.document["security"]);
    if !allowed.contains(holds) {
        return security.refuse("a request carries the bearer token or nothing", remedy);
    }
    Ok(())
}

/// The parameters of an operation and of its path.
fn parameters(operation: &Operation<'_>) -> Result<()> {
    let mut names = BTreeMap::new();
    let mut in_path = BTreeSet::new();
    for parameter in operation.parameters()? {
        parameter.only(OF_PARAMETERS, "remove it: a parameter is sent as one text, in the default style")?;
        let name = parameter.text("name");
        let argument = argument(name);
        let is_argument =
            argument.is_ascii() && argument.starts_with(|first: char| first.is_ascii_lowercase());
        if !is_argument || ["body", "gen"].contains(&&*argument) {
            return parameter.refuse(
                format!("`{name}` is not the name of an argument in Rust"),
                "remove it: callers add it to the query of the call",
            );
        }
        match names.insert(argument.clone(), name) {
            Some(other) if other != name => {
                return parameter.refuse(
                    format!("`{name}` is `{argument}` in Rust, as another parameter is"),
                    "remove it: callers add it to the query of the call",
                );
            }
            Some(_) => return parameter.refuse(format!("`{name}` is declared twice"), "declare it once"),
            None => {}
        }
        documented(&parameter)?;
        let schema = parameter.get("schema").unwrap_or_else(|| parameter.clone());
        let kind = schema.text("type");
        match parameter.text("in") {
            "path" if parameter.value["required"] != true => {
                return parameter.refuse("a parameter in the path is required", "write `required: true`");
            }
            "path" if kind == "string" => drop(in_path.insert(name)),
            "path" => return schema.refuse("a parameter in the path is a text", "write `type: string`"),
            "query" if ["string", "integer", "number", "boolean"].contains(&kind) => {}
            "query" => {
                return schema.refuse(
                    "a parameter in the query is one text, number or flag",
                    "write `type: string`, `integer`, `number` or `boolean`",
                );
            }
            other => {
                return parameter.refuse(
                    format!("a parameter in `{other}` is not sent"),
                    "move it to the query, or leave it to the client's settings",
                );
            }
        }
        if schema.get("nullable").is_some() {
            return schema.refuse("a parameter is absent, not null", "remove `nullable`");
        }
        schemas::value(&schema, &mut Vec::new())?;
    }
    let template =
        operation.path.split('/').filter_map(|segment| segment.strip_prefix('{')?.strip_suffix('}'));
    if template.collect::<BTreeSet<_>>() != in_path {
        return operation.place.refuse(
            "the parameters in `path` and those that the path names differ",
            "declare each `{name}` of the path once, with `in: path`",
        );
    }
    Ok(())
}
