//! Every operation of the API is served.

use http::Method;
use serde_json::Value;
use workos_contract::sample::Sampler;

use super::trial::Trial;

#[tokio::test]
async fn every_operation_is_served() {
    let trial = Trial::new().await;
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
        assert_ne!(status, 501, "{} {}", operation.method, operation.path);
    }
}
