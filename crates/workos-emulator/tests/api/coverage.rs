//! Every operation of the API is served, but for those in `missing.txt`, which may only shrink.

use http::Method;
use serde_json::Value;
use workos_contract::sample::Sampler;

use super::trial::Trial;

#[tokio::test]
async fn every_operation_is_served_or_named_as_missing() {
    let trial = Trial::new().await;
    let mut missing = Vec::new();
    for entry in workos::contract::operations() {
        let operation = entry.operation;
        let contract = workos_contract::operation(operation.method, operation.path).unwrap();
        let (query, body) = contract.sample_request(&Sampler::smallest());
        let pairs = workos_contract::query_pairs(&query);
        let query: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let segments = operation.path.split('/');
        let filled = segments.map(|part| if part.starts_with('{') { "x" } else { part });
        let target = format!("{}?{}", filled.collect::<Vec<_>>().join("/"), query.join("&"));
        let body = if operation.method == Method::GET { Value::Null } else { body };
        // The answer is checked on the way.
        let (status, _) = trial.call(operation.method, &target, body).await;
        if status == 501 {
            missing.push(format!("{} {}", operation.method, operation.path));
        }
    }
    missing.sort_unstable();
    missing.dedup();
    let expected: Vec<_> = include_str!("missing.txt").lines().collect();
    assert_eq!(missing, expected);
}
