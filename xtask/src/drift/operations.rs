//! The operations of a document as lines: parameters, requests, responses, and what belongs to them.

use std::collections::BTreeMap;

use serde_json::Value;

use super::lines::{Lines, Place, word};
use super::schema::{MAX_DEPTH, Reader};

const METHODS: [&str; 8] = ["delete", "get", "head", "options", "patch", "post", "put", "trace"];
/// Keys that only describe, in any object of OpenAPI.
const SILENT: &str = "description example examples externalDocs operationId summary tags";

/// The paths of the contract, by the path without the names of its parameters.
pub(super) type Paths = BTreeMap<String, String>;

pub(super) fn paths(contract: &Value) -> Paths {
    let paths = contract["paths"].as_object().into_iter().flatten();
    paths.map(|(path, _)| (without_names(path), path.clone())).collect()
}

type Placed<'a> = Vec<(Place, &'a Value)>;

/// Adds the lines of a document, and returns how many of its routes are not below a path of the contract.
pub(super) fn read(root: &Value, contract: &Paths, lines: &mut Lines) -> usize {
    let mut reader = Reader { root, lines, steps: 0, renamed: BTreeMap::new() };
    let top = Place::default();
    reader.leftovers(&top, root, "components info openapi paths security servers");
    for server in root.get("servers").and_then(Value::as_array).into_iter().flatten() {
        let url = server.get("url").and_then(Value::as_str).unwrap_or_default();
        reader.lines.fact(&top.part(&format!("server {}", word(url.trim_end_matches('/')))), "");
    }
    let mut left_out = 0;
    let items = root["paths"].as_object().into_iter().flatten();
    for (path, item) in items.filter(|(path, _)| !path.starts_with("x-")) {
        let named = contract.get(&without_names(path));
        let place = top.part(&word(named.unwrap_or(path)));
        let Some(item) = reader.resolved(&place, item) else { continue };
        reader.renamed = names(path).zip(names(named.unwrap_or(path))).collect();
        for (method, operation) in METHODS.iter().filter_map(|method| Some((method, item.get(method)?))) {
            let route = top.part(&format!("{} {}", method.to_uppercase(), place.text));
            if named.is_some() {
                reader.operation(&route, item, operation);
            } else if is_near(path, contract) {
                reader.lines.fact(&route, "");
            } else {
                left_out += 1;
            }
        }
        if named.is_some() {
            reader.leftovers(&place, item, &format!("$ref parameters {}", METHODS.join(" ")));
        }
    }
    left_out
}

impl<'a> Reader<'a> {
    fn operation(&mut self, route: &Place, item: &'a Value, operation: &'a Value) {
        let Some(operation) = self.resolved(route, operation) else { return };
        self.lines.fact(route, "");
        self.lines.fact(route, format!("authentication={}", authentication(self.root, operation)));
        self.flags(route, operation, "deprecated");
        for (place, parameter) in self.parameters(route, item, operation) {
            self.parameter(&place, parameter);
        }
        let request = route.part("request");
        if let Some(body) = operation.get("requestBody").and_then(|body| self.resolved(&request, body)) {
            self.lines.fact(&request, "");
            self.flags(&request, body, "required");
            self.content(&request, body);
            self.leftovers(&request, body, "content required");
        }
        let named = |status: &str| route.part(&format!("response {}", word(&status.replace('x', "X"))));
        for (place, response) in self.members(operation, "responses", &named) {
            self.lines.fact(&place, "");
            let named = |name: &str| place.part(&format!("header {}", word(&name.to_lowercase())));
            for (header, value) in self.members(response, "headers", &named) {
                self.parameter(&header, value);
            }
            self.content(&place, response);
            self.leftovers(&place, response, "content headers");
        }
        self.leftovers(route, operation, "deprecated parameters requestBody responses security");
    }

    /// The parameters of an operation, and those of its path that it does not replace.
    fn parameters(&mut self, route: &Place, item: &'a Value, operation: &'a Value) -> Placed<'a> {
        let mut all = BTreeMap::new();
        let broken = route.part("parameters");
        for level in [item, operation].into_iter().filter_map(|level| level.get("parameters")) {
            if !level.is_array() {
                self.lines.unread(&broken, "is not a list");
            }
            for parameter in level.as_array().into_iter().flatten() {
                let Some(parameter) = self.resolved(&broken, parameter) else { continue };
                let (Some(at), Some(name)) = (parameter["in"].as_str(), parameter["name"].as_str()) else {
                    self.lines.unread(&broken, "a parameter without `in` or `name`");
                    continue;
                };
                let name = match at {
                    "path" => self.renamed.get(name).cloned().unwrap_or(name.to_owned()),
                    "header" => name.to_lowercase(),
                    _ => name.to_owned(),
                };
                let place = route.part(&format!("{} {}", word(at), word(&name)));
                all.insert(place.text.clone(), (place, parameter));
            }
        }
        all.into_values().collect()
    }

    /// A parameter or a header.
    fn parameter(&mut self, place: &Place, parameter: &'a Value) {
        self.lines.fact(place, "");
        self.flags(place, parameter, "allowEmptyValue allowReserved deprecated explode required style");
        if parameter.get("content").is_some() {
            self.content(place, parameter);
        } else {
            self.schema(place, parameter.get("schema"));
        }
        let known = "allowEmptyValue allowReserved content deprecated explode in name required schema style";
        self.leftovers(place, parameter, known);
    }

    /// The body for each media type. JSON is the one that lines do not name.
    fn content(&mut self, place: &Place, described: &'a Value) {
        let named = |name: &str| match name.split(';').next().unwrap_or(name).trim().to_lowercase() {
            name if name == "application/json" => place.body(),
            name => place.part(&word(&name)),
        };
        for (place, body) in self.members(described, "content", &named) {
            self.schema(&place, body.get("schema"));
            self.leftovers(&place, body, "schema");
        }
    }

    fn flags(&mut self, place: &Place, value: &Value, names: &str) {
        for (name, value) in names.split(' ').filter_map(|name| Some((name, value.get(name)?))) {
            match value {
                Value::Bool(true) => self.lines.fact(place, name),
                Value::Bool(false) if name != "explode" => {}
                _ => self.lines.fact(place, format!("{name}={value}")),
            }
        }
    }

    /// Names what has no comparison, so that nobody believes it was compared.
    fn leftovers(&mut self, place: &Place, value: &Value, known: &str) {
        for (key, _) in value.as_object().into_iter().flatten() {
            if !has(known, key) && !has(SILENT, key) && !key.starts_with("x-") {
                self.lines.unread(&place.part(&word(key)), "");
            }
        }
    }

    /// The objects under a key, with the place of each.
    fn members(&mut self, value: &'a Value, key: &str, named: &dyn Fn(&str) -> Place) -> Placed<'a> {
        let members = value.get(key);
        if members.is_some_and(|members| !members.is_object()) {
            self.lines.unread(&named(key), "is not an object");
        }
        let members = members.and_then(Value::as_object).into_iter().flatten();
        let members = members.filter(|(name, _)| key != "responses" || !name.starts_with("x-"));
        members.filter_map(|(name, value)| Some((named(name), self.resolved(&named(name), value)?))).collect()
    }

    /// The object, or the one that it refers to.
    fn resolved(&mut self, place: &Place, value: &'a Value) -> Option<&'a Value> {
        if value.get("$ref").is_some() {
            self.leftovers(place, value, "$ref");
        }
        let mut found = Ok(value);
        for _ in 0..MAX_DEPTH {
            found = found.and_then(|value| value.get("$ref").map_or(Ok(value), |one| self.target(one)));
        }
        match found {
            Ok(value) if value.is_object() && value.get("$ref").is_none() => return Some(value),
            Ok(_) => self.lines.unread(place, "is not an object, or a $ref that leads to itself"),
            Err(reason) => self.lines.unread(place, reason),
        }
        None
    }
}

/// Whether a route needs credentials. Documents choose the names of schemes and rights.
fn authentication(root: &Value, operation: &Value) -> &'static str {
    let needs = [operation, root].into_iter().find_map(|level| level.get("security")?.as_array());
    let is_open = |need: &Value| need.as_object().is_none_or(serde_json::Map::is_empty);
    match needs {
        Some(needs) if !needs.is_empty() && !needs.iter().any(is_open) => "required",
        Some(needs) if !needs.iter().all(is_open) => "optional",
        _ => "none",
    }
}

/// Whether a path lies below one of the contract, in whatever version.
fn is_near(path: &str, contract: &Paths) -> bool {
    let own = contract.values().filter_map(|own| own.trim_start_matches("/v1").split("/{").next());
    own.into_iter().any(|own| path.contains(own))
}

fn names(path: &str) -> impl Iterator<Item = String> {
    path.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0.to_owned()))
}

/// `/a/{b}/` as `/a/{}`.
fn without_names(path: &str) -> String {
    let path = path.trim_end_matches('/').to_owned();
    names(&path).fold(path.clone(), |path, name| path.replace(&format!("{{{name}}}"), "{}"))
}

/// Whether one of the words in a list is the key.
fn has(list: &str, key: &str) -> bool {
    list.split(' ').any(|one| one == key)
}
