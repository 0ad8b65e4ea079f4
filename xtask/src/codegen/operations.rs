//! Writes a constructor of the request of each operation. Name, documentation and arguments are those that progenitor
//! makes of an operation; method, path, query, body and the type of the success are those of the contract.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, bail, ensure};
use proc_macro2::Span;
use serde_json::Value;
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, FnArg, Ident, ImplItem, ImplItemFn, Item, ItemFn, Type, TypeReference, parse_quote};

use super::prepare::{METHODS, SCHEMAS};
use super::rules::{BY_HAND, READ_AS};

/// A method that cannot say by itself whether repeating its request is harmless.
const IDEMPOTENT: &str = "x-idempotent";
/// Marks schemas of texts that must not be shown.
const SECRET: &str = "x-secret";

/// The constructors, of the client that progenitor generated.
pub(super) fn operations(items: Vec<Item>, contract: &Value) -> Result<Vec<Item>> {
    let blocks = items.into_iter().filter_map(|item| match item {
        Item::Impl(block) if block.trait_.is_none() => Some(block.items),
        _ => None,
    });
    let methods = blocks.flatten().filter_map(|item| match item {
        ImplItem::Fn(function) if function.sig.asyncness.is_some() => Some(function),
        _ => None,
    });
    let functions = methods.map(|method| constructor(method, contract)).collect::<Result<Vec<_>>>()?;
    ensure!(!functions.is_empty(), "progenitor generated no operation");
    let file: syn::File = parse_quote! {
        use http::Method;
        use super::types;
        use crate::Call;

        #(#functions)*
    };
    Ok(file.items)
}

/// The constructor of an operation.
fn constructor(method: ImplItemFn, contract: &Value) -> Result<ItemFn> {
    let ImplItemFn { attrs, mut sig, .. } = method;
    let id = sig.ident.to_string();
    let operation = Operation::find(contract, &id)?;
    let place = &operation.place;
    let arguments: Vec<String> = sig.inputs.iter().filter_map(name_of).collect();
    let argument = |name: &str| {
        let argument = arguments.iter().find(|argument| *argument == name);
        argument
            .map(|argument| Ident::new(argument, Span::call_site()))
            .with_context(|| format!("{place}: `{name}` cannot be the name of an argument"))
    };

    let (path, verb) = (operation.path, operation.verb()?);
    let http_method = Ident::new(&operation.method.to_uppercase(), Span::call_site());
    let mut call: Expr = parse_quote!(Call::new(#id, #verb, Method::#http_method, #path));
    for segment in path.split('/').skip(1) {
        if let Some(name) = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
            let value = argument(name)?;
            call = parse_quote!(#call.parameter(#value));
        }
    }
    for parameter in operation.parameters()? {
        let name = parameter["name"].as_str().unwrap_or_default();
        match parameter["in"].as_str().unwrap_or_default() {
            "path" => {}
            "query" => {
                let value = argument(name)?;
                let is_required = parameter["required"] == true;
                let value: Expr = if is_required { parse_quote!(Some(#value)) } else { parse_quote!(#value) };
                call = parse_quote!(#call.query(#name, #value));
            }
            other => bail!("{place}: {name}: a parameter in `{other}` cannot be generated"),
        }
    }
    if let Some(body) = operation.body()? {
        let public = public_members(contract, body);
        call = parse_quote!(#call.json(body, &[#(#public),*]));
    }
    match operation.value.get(IDEMPOTENT) {
        None => {}
        Some(Value::Bool(idempotent)) => call = parse_quote!(#call.idempotent(#idempotent)),
        Some(_) => bail!("{place}: {IDEMPOTENT} must be true or false"),
    }
    let success = operation.success()?;
    // Without the receiver.
    sig.inputs = sig.inputs.into_iter().filter(|argument| matches!(argument, FnArg::Typed(_))).collect();
    sig.asyncness = None;
    sig.output = parse_quote!(-> Call<#success>);
    sig.generics.params.clear();
    Arguments.visit_signature_mut(&mut sig);
    Ok(parse_quote!(#(#attrs)* pub #sig { #call }))
}

/// An operation of the contract.
struct Operation<'a> {
    contract: &'a Value,
    path: &'a str,
    method: &'a str,
    item: &'a Value,
    value: &'a Value,
    /// For messages.
    place: String,
}

impl<'a> Operation<'a> {
    fn find(contract: &'a Value, id: &str) -> Result<Self> {
        let items = contract["paths"].as_object().into_iter().flatten();
        let mut operations = items.flat_map(|(path, item)| {
            let members = item.as_object().into_iter().flatten();
            let methods = members.filter(|(key, _)| METHODS.contains(&key.as_str()));
            methods.map(move |(method, value)| (path, item, method, value))
        });
        let found = operations.find(|(.., value)| value["operationId"] == id);
        let (path, item, method, value) = found.with_context(|| {
            format!("at paths: no operationId is `{id}`; it has to be the name of a function")
        })?;
        Ok(Self { contract, path, method, item, value, place: format!("at paths{path} {method}") })
    }

    /// What the operation does, for messages, where the name of something follows: its summary without an article.
    fn verb(&self) -> Result<String> {
        let summary =
            self.value["summary"].as_str().with_context(|| format!("{}: no summary", self.place))?;
        let mut letters = summary.trim().chars();
        let first = letters.next().with_context(|| format!("{}: the summary is empty", self.place))?;
        Ok(format!("{}{}", first.to_lowercase(), letters.as_str()).replace(" a ", " "))
    }

    fn parameters(&self) -> Result<Vec<&'a Value>> {
        let lists =
            [self.item, self.value].into_iter().filter_map(|owner| owner.get("parameters")?.as_array());
        lists.flatten().map(|parameter| self.resolve(parameter)).collect()
    }

    /// The schema of the JSON body, if there is one.
    fn body(&self) -> Result<Option<&'a Value>> {
        let Some(body) = self.value.get("requestBody") else { return Ok(None) };
        let schema = json_schema(self.resolve(body)?);
        schema.map(Some).with_context(|| format!("{}: the request body is not application/json", self.place))
    }

    /// The type of a success. Its body can be missing where one success has a body and another has none.
    fn success(&self) -> Result<Type> {
        let responses = self.value["responses"].as_object().into_iter().flatten();
        let successes = responses.filter(|(status, _)| status.starts_with('2'));
        let mut schemas = Vec::new();
        for (_, response) in successes {
            let schema = json_schema(self.resolve(response)?);
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
        let can_be_empty = schemas.contains(&None);
        let mut schemas = schemas.into_iter().flatten();
        let (Some(schema), None) = (schemas.next(), schemas.next()) else {
            ensure!(
                can_be_empty,
                "{}: the successes have several schemas, or there is no success",
                self.place
            );
            return Ok(parse_quote!(()));
        };
        let name = schema["$ref"].as_str().and_then(|reference| reference.strip_prefix(SCHEMAS));
        let name = name.with_context(|| {
            format!("{}: the schema of a success must be a reference to a named one", self.place)
        })?;
        let name = READ_AS.iter().find(|(from, _)| *from == name).map_or(name, |(_, to)| to);
        let by_hand = BY_HAND.iter().find(|(schema, _)| *schema == name).map(|(_, path)| (*path).to_owned());
        let success: Type = syn::parse_str(&by_hand.unwrap_or_else(|| format!("types::{name}")))
            .with_context(|| format!("{}: `{name}` is not the name of a type", self.place))?;
        Ok(if can_be_empty { parse_quote!(Option<#success>) } else { success })
    }

    fn resolve(&self, value: &'a Value) -> Result<&'a Value> {
        resolve(self.contract, value).with_context(|| format!("{}: a reference leads nowhere", self.place))
    }
}

/// The schema of the JSON of a request body or a response.
fn json_schema(body: &Value) -> Option<&Value> {
    body.get("content")?.get("application/json")?.get("schema")
}

/// What a reference stands for; anything else stands for itself.
fn resolve<'a>(contract: &'a Value, value: &'a Value) -> Option<&'a Value> {
    match value.get("$ref").and_then(Value::as_str) {
        None => Some(value),
        Some(reference) => resolve(contract, contract.pointer(reference.strip_prefix('#')?)?),
    }
}

/// The members of a body that contain no secret, by their paths.
fn public_members(contract: &Value, schema: &Value) -> BTreeSet<String> {
    let mut public = BTreeSet::new();
    collect_public(contract, schema, "", &mut public);
    public
}

fn collect_public(contract: &Value, schema: &Value, path: &str, public: &mut BTreeSet<String>) {
    for part in parts(contract, schema) {
        for (name, member) in part["properties"].as_object().into_iter().flatten() {
            let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            if !has_secret(contract, member, &mut Vec::new()) {
                public.insert(path);
            } else if !is_secret(contract, member) {
                collect_public(contract, member, &path, public);
            }
        }
    }
}

/// A schema and those that it is composed of, through references.
fn parts<'a>(contract: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let Some(schema) = resolve(contract, schema) else { return Vec::new() };
    let composed = ["allOf", "oneOf", "anyOf"].iter().filter_map(|key| schema.get(key)?.as_array()).flatten();
    std::iter::once(schema).chain(composed.flat_map(|part| parts(contract, part))).collect()
}

fn is_secret(contract: &Value, schema: &Value) -> bool {
    parts(contract, schema).iter().any(|part| part[SECRET] == true)
}

/// Whether a schema, or a member of it at any depth, is secret.
fn has_secret<'a>(contract: &'a Value, schema: &'a Value, seen: &mut Vec<&'a Value>) -> bool {
    if seen.iter().any(|known| std::ptr::eq(*known, schema)) {
        return false;
    }
    seen.push(schema);
    is_secret(contract, schema)
        || parts(contract, schema).into_iter().any(|part| {
            let members = part["properties"].as_object().into_iter().flatten().map(|(_, member)| member);
            members.chain(part.get("items")).any(|member| has_secret(contract, member, seen))
        })
}

fn name_of(argument: &FnArg) -> Option<String> {
    let FnArg::Typed(argument) = argument else { return None };
    match &*argument.pat {
        syn::Pat::Ident(name) => Some(name.ident.to_string()),
        _ => None,
    }
}

/// Arguments of a constructor: a value does not borrow from them, and a segment of the path is kept, so any text will
/// do that can be.
struct Arguments;

impl VisitMut for Arguments {
    fn visit_pat_type_mut(&mut self, argument: &mut syn::PatType) {
        if let Type::Reference(reference) = &*argument.ty
            && matches!(&*reference.elem, Type::Path(path) if path.path.is_ident("str"))
        {
            *argument.ty = parse_quote!(impl Into<String>);
        }
        visit_mut::visit_pat_type_mut(self, argument);
    }

    fn visit_type_reference_mut(&mut self, reference: &mut TypeReference) {
        reference.lifetime = None;
        visit_mut::visit_type_reference_mut(self, reference);
    }
}

#[cfg(test)]
mod tests {
    use quote::ToTokens as _;
    use serde_json::json;

    use super::*;

    fn written(signature: &str, path: &str, operation: &Value) -> Result<String> {
        let mut put = json!({
            "operationId": "look_up",
            "summary": "Look up a thing",
            "responses": { "200": { "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/B" }
            } } } },
        });
        put.as_object_mut().unwrap().extend(operation.as_object().unwrap().clone());
        let contract = json!({
            "paths": { path: {
                "parameters": [{ "name": "id", "in": "path", "required": true }],
                "put": put,
            } },
            "components": { "schemas": {
                "A": { "oneOf": [{ "properties": {
                    "title": {},
                    "security": { "properties": { "key": { "x-secret": true }, "prefix": {} } },
                } }] },
                "B": {},
            } },
        });
        let method = syn::parse_str(&format!(
            "#[about] pub async fn look_up<'a>(&'a self, {signature}) -> Result<ResponseValue<types::B>, Error<()>> {{}}"
        ))?;
        Ok(constructor(method, &contract)?.to_token_stream().to_string())
    }

    #[test]
    fn constructor_names_everything_that_is_sent() {
        let operation = json!({
            "parameters": [
                { "name": "filter", "in": "query" },
                { "name": "limit", "in": "query", "required": true },
            ],
            "requestBody": { "content": { "application/json": {
                "schema": { "$ref": "#/components/schemas/A" }
            } } },
            "x-idempotent": false,
        });
        let signature = "id: &'a str, filter: Option<&'a str>, limit: i64, body: &'a types::A";
        let expected: ItemFn = parse_quote! {
            #[about]
            pub fn look_up(
                id: impl Into<String>, filter: Option<&str>, limit: i64, body: &types::A
            ) -> Call<types::B> {
                Call::new("look_up", "look up thing", Method::PUT, "/things/{id}/parts")
                    .parameter(id)
                    .query("filter", filter)
                    .query("limit", Some(limit))
                    .json(body, &["security.prefix", "title"])
                    .idempotent(false)
            }
        };
        let written = written(signature, "/things/{id}/parts", &operation).unwrap();
        assert_eq!(written, expected.to_token_stream().to_string());
    }

    #[test]
    fn success_that_can_be_empty_is_optional() {
        let schema = json!({ "content": { "application/json": {
            "schema": { "$ref": "#/components/schemas/B" }
        } } });
        for (responses, success) in [
            (json!({ "200": schema, "201": schema }), "Call < types :: B >"),
            (json!({ "200": schema, "204": {} }), "Call < Option < types :: B > >"),
            (json!({ "204": {} }), "Call < () >"),
        ] {
            let written = written("id: &'a str", "/a/{id}", &json!({ "responses": responses })).unwrap();
            assert!(written.contains(&format!("-> {success} {{")), "{written}");
        }
    }

    #[test]
    fn unsupported_operation_is_an_error_with_its_place() {
        let error = |path, operation| written("id: &'a str", path, &operation).unwrap_err().to_string();
        assert_eq!(
            error("/a/{id}", json!({ "parameters": [{ "name": "trace", "in": "header" }] })),
            "at paths/a/{id} put: trace: a parameter in `header` cannot be generated"
        );
        assert_eq!(
            error("/a/{Id-of}", json!({})),
            "at paths/a/{Id-of} put: `Id-of` cannot be the name of an argument"
        );
        assert_eq!(
            error("/a/{id}", json!({ "x-idempotent": "yes" })),
            "at paths/a/{id} put: x-idempotent must be true or false"
        );
        let method = syn::parse_str("async fn other(&self) {}").unwrap();
        let error = constructor(method, &json!({ "paths": {} })).err().unwrap().to_string();
        assert!(error.contains("no operationId is `other`"));
    }
}
