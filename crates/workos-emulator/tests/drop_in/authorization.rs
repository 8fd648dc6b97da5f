//! Roles that nobody has created, and routes for roles, permissions and resources.

use serde_json::{Value, json};

use super::{Official, id, list, text};

async fn permission(official: &Official, slug: &str) {
    let body = json!({"slug": slug, "name": slug});
    official.create("/authorization/permissions", body).await;
}

async fn role(official: &Official, slug: &str, permissions: &[&str]) -> Value {
    official.create("/authorization/roles", json!({"slug": slug, "name": slug})).await;
    for slug in permissions {
        permission(official, slug).await;
    }
    let path = format!("/authorization/roles/{slug}/permissions");
    official.call("PUT", &path, json!({"permissions": permissions})).await.with(200)
}

#[tokio::test]
async fn there_are_no_roles_but_those_that_were_made() {
    let official = Official::start().await;
    assert_eq!(list(&official.get("/authorization/roles").await).len(), 0);
    let body = json!({"slug": "admin", "name": "Admin", "is_default_role": true, "priority": 3});
    let role = official.create("/authorization/roles", body).await;
    assert_eq!(
        (&role["is_default_role"], &role["priority"], &role["organization_id"]),
        (&json!(true), &json!(3), &Value::Null)
    );
    let acme = official.organization("Acme").await;
    let user_id = official.user("ada@test.com").await;
    let member = official.member(&acme, &user_id, "nobody-made-this").await;
    let path = format!("/user_management/organization_memberships/{member}");
    assert_eq!(official.get(&path).await["role"]["slug"], "nobody-made-this");
    let again = json!({"organization_id": acme, "user_id": user_id});
    let path = "/user_management/organization_memberships";
    assert_eq!(official.post(path, again).await.status, 409);
}

#[tokio::test]
async fn roles_change_by_put_and_go() {
    let official = Official::start().await;
    role(&official, "editor", &["a", "b"]).await;
    let path = "/authorization/roles/editor";
    let changed = official.call("PUT", path, json!({"name": "Writer"})).await.with(200);
    assert_eq!(changed["name"], "Writer");
    let permissions = official.get(&format!("{path}/permissions")).await;
    let slugs: Vec<_> = list(&permissions).iter().map(|one| text(&one["slug"])).collect();
    assert_eq!(slugs, ["a", "b"]);
    assert_eq!(official.delete(path).await, 204);
    assert_eq!(official.call("GET", path, Value::Null).await.with(404)["code"], "not_found");
    let told = official.told("role.deleted").await;
    assert_eq!((&told[0]["slug"], told[0].get("permissions")), (&json!("editor"), None));
}

#[tokio::test]
async fn roles_of_an_organization_have_an_order() {
    let official = Official::start().await;
    let acme = official.organization("Acme").await;
    let path = format!("/authorization/organizations/{acme}/roles");
    for slug in ["one", "two"] {
        official.create(&path, json!({"slug": slug, "name": slug})).await;
    }
    let order = json!({"slugs": ["two", "one"]});
    official.call("PUT", &format!("{path}/priority"), order).await.with(200);
    let roles = official.get(&path).await;
    let slugs: Vec<_> = list(&roles).iter().map(|role| text(&role["slug"])).collect();
    assert_eq!(slugs, ["two", "one"]);
}

#[tokio::test]
async fn a_check_is_about_the_organization_if_it_names_nothing() {
    let official = Official::start().await;
    let admin = role(&official, "admin", &["posts:write"]).await;
    let acme = official.organization("Acme").await;
    let user_id = official.user("ada@test.com").await;
    let member = official.member(&acme, &user_id, "member").await;
    let base = format!("/authorization/organization_memberships/{member}");
    let check = || {
        let official = &official;
        let path = format!("{base}/check");
        async move {
            let body = json!({"permission": "posts:write"});
            official.post(&path, body).await.with(200)["authorized"].clone()
        }
    };
    assert_eq!(check().await, false);
    let path = format!("{base}/role_assignments");
    let assigned = official.create(&path, json!({"role_id": id(&admin)})).await;
    assert_eq!(assigned["role_id"], json!(id(&admin)));
    assert_eq!(check().await, true);
    // The role of the membership is not an assignment.
    assert_eq!(list(&official.get(&path).await).len(), 1);
}

#[tokio::test]
async fn resources_have_metadata_and_any_type() {
    let official = Official::start().await;
    let acme = official.organization("Acme").await;
    let path = "/authorization/resources";
    let make = |type_slug: &'static str, external_id: &'static str, more: Value| {
        let mut body = json!({
            "organization_id": acme, "resource_type_slug": type_slug, "external_id": external_id,
            "name": external_id,
        });
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        body
    };
    let parent = official.create(path, make("workspace", "w", json!({}))).await;
    assert!(text(&parent["id"]).starts_with("auth_res_"));
    assert_eq!(parent["metadata"], json!({}));
    let below = json!({"parent_resource_id": id(&parent), "metadata": {"tier": "gold"}});
    let child = official.create(path, make("project", "p", below)).await;
    assert_eq!(child["metadata"], json!({"tier": "gold"}));
    let own = format!("{path}/{}", id(&child));
    let changed = official.call("PUT", &own, json!({"metadata": {"a": "b"}})).await.with(200);
    assert_eq!(changed["metadata"], json!({"a": "b"}));
    for query in
        ["resource_external_id=p", "parent_resource_type_slug=workspace&parent_external_id=w"]
    {
        let found = official.get(&format!("{path}?{query}")).await;
        let ids: Vec<_> = list(&found).iter().map(id).collect();
        assert_eq!(ids, [id(&child)], "{query}");
    }
    let nowhere = official.get(&format!("{path}?parent_external_id=x")).await;
    assert_eq!(list(&nowhere).len(), 0);
    let user_id = official.user("ada@test.com").await;
    official.member(&acme, &user_id, "member").await;
    let members = official.get(&format!("{own}/organization_memberships")).await;
    assert_eq!(list(&members).len(), 1);
}

#[tokio::test]
async fn the_resource_of_an_organization_is_its_own() {
    let official = Official::start().await;
    let acme = official.organization("Acme").await;
    let path = format!("/authorization/organizations/{acme}/resources/organization/{acme}");
    let root = official.get(&path).await;
    let own = format!("/authorization/resources/{}", id(&root));
    for (method, body) in [("PUT", json!({"name": "Other"})), ("DELETE", Value::Null)] {
        let refused = official.call(method, &own, body).await.with(400);
        assert_eq!(refused["code"], "bad_request");
    }
}
