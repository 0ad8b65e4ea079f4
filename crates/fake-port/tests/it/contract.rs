//! The contract, for tests that promise something about all of it.

use serde_json::Value;

fn contract() -> Value {
    serde_norway::from_str(include_str!("../../../../openapi/port-webhooks.yaml")).unwrap()
}

/// The names of the documented events.
pub(crate) fn events() -> Vec<String> {
    let schemas = &contract()["components"]["schemas"];
    serde_json::from_value(schemas["EventType"]["enum"].clone()).unwrap()
}

/// The method and the path of each operation, for a webhook called `a` and runs called `r_1` and `wfnr_1`.
pub(crate) fn operations() -> Vec<(String, String)> {
    let contract = contract();
    let paths = contract["paths"].as_object().unwrap().iter();
    let of_path = |(path, item): (&String, &Value)| {
        let path = path.replace("{identifier}", "a");
        let path = path.replace("{run_id}", "r_1").replace("{node_run_id}", "wfnr_1");
        let methods =
            item.as_object().unwrap().iter().filter(|(_, value)| value.get("operationId").is_some());
        methods.map(|(method, _)| (method.to_uppercase(), path.clone())).collect::<Vec<_>>()
    };
    paths.flat_map(of_path).collect()
}
