//! Writes a constructor of the request of each operation. Name, documentation and arguments are those that progenitor
//! makes of an operation; method, path, query, body and the type of the success are those of the contract.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result, ensure};
use heck::ToSnakeCase as _;
use proc_macro2::Span;
use serde_json::{Value, json};
use syn::visit_mut::{self, VisitMut};
use syn::{Expr, FnArg, Ident, ImplItem, ImplItemFn, Item, ItemFn, Pat, Type, TypeReference, parse_quote};

use super::place::{self, Place};
use super::rules::{BY_HAND, READ_AS};
use super::supported::LEFT_OUT;

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
    let mut operations = place::operations(&Place::root(contract))?.into_iter();
    let found = operations.find(|operation| operation.place.text("operationId") == id);
    let found = found.with_context(|| format!("no operation is called `{id}`, but a function is"))?;
    let (path, parameters, operation) = (found.path, found.parameters()?, found.place);
    let verb = verb(operation.text("summary"));
    let http_method = Ident::new(&found.method.to_uppercase(), Span::call_site());
    let mut call: Expr = parse_quote!(Call::new(#id, #verb, Method::#http_method, #path));
    for segment in path.split('/') {
        if let Some(name) = segment.strip_prefix('{').and_then(|segment| segment.strip_suffix('}')) {
            let value = Ident::new(&argument(name), Span::call_site());
            call = parse_quote!(#call.parameter(#value));
        }
    }
    for parameter in parameters.iter().filter(|parameter| parameter.text("in") == "query") {
        let name = parameter.text("name");
        let value = Ident::new(&argument(name), Span::call_site());
        let is_required = parameter.value["required"] == true;
        let value: Expr = if is_required { parse_quote!(Some(#value)) } else { parse_quote!(#value) };
        call = parse_quote!(#call.query(#name, #value));
    }
    if let Some(body) = operation.get("requestBody") {
        let mut public = BTreeSet::new();
        let schema = body.target("requestBodies")?.at("content").at("application/json").at("schema");
        collect_public(&schema, "", &[], &mut public)?;
        let public = public.iter();
        call = parse_quote!(#call.json(body, &[#(#public),*]));
    }
    if let Some(idempotent) = operation.value.get("x-idempotent").and_then(Value::as_bool) {
        call = parse_quote!(#call.idempotent(#idempotent));
    }
    if operation.value["security"] == json!([]) {
        call = parse_quote!(#call.without_token());
    }
    let success = success(&operation)?;
    // Without `self`.
    sig.inputs = sig.inputs.into_iter().filter(|argument| matches!(argument, FnArg::Typed(_))).collect();
    sig.asyncness = None;
    sig.output = parse_quote!(-> Call<#success>);
    sig.generics.params.clear();
    let in_path = parameters.iter().filter(|parameter| parameter.text("in") == "path");
    Arguments { in_path: in_path.map(|parameter| argument(parameter.text("name"))).collect() }
        .visit_signature_mut(&mut sig);
    Ok(parse_quote!(#(#attrs)* pub #sig { #call }))
}

/// The argument that progenitor makes of a parameter.
pub(super) fn argument(parameter: &str) -> String {
    let name =
        parameter.replace(|letter: char| !letter.is_alphanumeric() && letter != '_', "-").to_snake_case();
    if syn::parse_str::<Ident>(&name).is_ok() { name } else { format!("{name}_") }
}

/// What an operation does, for messages, where the name of something follows: its summary without an article, and
/// without a capital letter unless it begins with a name such as `API`.
fn verb(summary: &str) -> String {
    let summary = summary.trim();
    let word = summary.split(' ').next().unwrap_or_default();
    let is_name = word.chars().skip(1).any(|letter| letter.is_uppercase() || letter.is_numeric());
    let verb = if is_name { word.to_owned() } else { word.to_lowercase() };
    format!("{verb}{}", &summary[word.len()..]).replace(" a ", " ")
}

/// The type of a success. Its body can be missing where one success has a body and another has none.
fn success(operation: &Place<'_>) -> Result<Type> {
    let mut schemas = BTreeSet::new();
    for (_, response) in
        operation.at("responses").members()?.into_iter().filter(|(status, _)| status.starts_with('2'))
    {
        let json = response.target("responses")?.at("content").at("application/json");
        schemas.insert(json.get("schema").map(|schema| schema.reference("schemas")).transpose()?);
    }
    let can_be_empty = schemas.contains(&None);
    let Some(name) = schemas.into_iter().flatten().next() else { return Ok(parse_quote!(())) };
    let name = READ_AS.iter().find(|(from, ..)| *from == name).map_or(name, |(_, to, _)| to);
    let by_hand = BY_HAND.iter().find(|(schema, ..)| *schema == name).map(|(_, path, _)| (*path).to_owned());
    let success: Type = syn::parse_str(&by_hand.unwrap_or_else(|| format!("types::{name}")))?;
    Ok(if can_be_empty { parse_quote!(Option<#success>) } else { success })
}

/// Collects the paths of the members of a body that contain no secret. `above` are the schemas that it stands in: what
/// is below one of them once more counts as secret.
fn collect_public<'a>(
    schema: &Place<'a>,
    path: &str,
    above: &[&'a Value],
    public: &mut BTreeSet<String>,
) -> Result<()> {
    for part in parts(schema)? {
        if above.iter().any(|known| std::ptr::eq(*known, part.value)) {
            continue;
        }
        let above = [above, &[part.value]].concat();
        for (name, member) in part.at("properties").members()? {
            if name.contains('.') {
                return member.refuse(
                    "a dot in the name of a field of a request, where it separates the names of a path",
                    LEFT_OUT,
                );
            }
            let path = if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            if !has_secret(&member, &mut Vec::new())? {
                public.insert(path);
            } else if !parts(&member)?.iter().any(is_secret) {
                collect_public(&member, &path, &above, public)?;
            }
        }
    }
    Ok(())
}

/// A schema and its parts, through references.
fn parts<'a>(schema: &Place<'a>) -> Result<Vec<Place<'a>>> {
    let schema = schema.clone().target("schemas")?;
    let mut parts = vec![schema.clone()];
    for key in ["allOf", "oneOf", "anyOf"] {
        for part in schema.at(key).items()? {
            parts.extend(self::parts(&part)?);
        }
    }
    Ok(parts)
}

/// Whether a schema is marked as one of a text that must not be shown.
fn is_secret(schema: &Place<'_>) -> bool {
    schema.value["x-secret"] == true
}

/// Whether a schema, or a value inside it at any depth, is secret.
fn has_secret<'a>(schema: &Place<'a>, seen: &mut Vec<&'a Value>) -> Result<bool> {
    if seen.iter().any(|known| std::ptr::eq(*known, schema.value)) {
        return Ok(false);
    }
    seen.push(schema.value);
    for part in parts(schema)? {
        let members = part.at("properties").members()?.into_iter().map(|(_, member)| member);
        for inside in members.chain(part.get("items")).chain(part.get("additionalProperties")) {
            if inside.value.is_object() && has_secret(&inside, seen)? {
                return Ok(true);
            }
        }
        if is_secret(&part) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The arguments of a constructor. A call does not borrow from them, and keeps the segments of its path, so any text that
/// can become a `String` will do.
struct Arguments {
    in_path: Vec<String>,
}

impl VisitMut for Arguments {
    fn visit_pat_type_mut(&mut self, argument: &mut syn::PatType) {
        if let Pat::Ident(name) = &*argument.pat
            && self.in_path.iter().any(|in_path| name.ident == in_path)
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
