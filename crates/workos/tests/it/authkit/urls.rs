//! Authorization and logout URLs.

use super::*;

fn authkit_params(args: &Value) -> AuthKitAuthorizationUrlParams {
    AuthKitAuthorizationUrlParams {
        redirect_uri: text(&args["redirect_uri"]).unwrap(),
        client_id: text(&args["client_id"]),
        provider: text(&args["provider"]).map(Into::into),
        connection_id: text(&args["connection_id"]),
        organization_id: text(&args["organization_id"]),
        state: text(&args["state"]),
        code_challenge: text(&args["code_challenge"]),
        code_challenge_method: text(&args["code_challenge_method"]),
        screen_hint: text(&args["screen_hint"]).map(Into::into),
        login_hint: text(&args["login_hint"]),
        domain_hint: text(&args["domain_hint"]),
        prompt: text(&args["prompt"]),
        max_age: args["max_age"].as_i64(),
        invitation_token: text(&args["invitation_token"]).map(Into::into),
        provider_scopes: serde_json::from_value(args["provider_scopes"].clone()).unwrap(),
        provider_query_params: serde_json::from_value(args["provider_query_params"].clone())
            .unwrap(),
    }
}

fn sso_params(args: &Value) -> SsoAuthorizationUrlParams {
    SsoAuthorizationUrlParams {
        redirect_uri: text(&args["redirect_uri"]).unwrap(),
        client_id: text(&args["client_id"]),
        connection: text(&args["connection"]),
        organization: text(&args["organization"]),
        provider: text(&args["provider"]).map(Into::into),
        domain: text(&args["domain"]),
        state: text(&args["state"]),
        domain_hint: text(&args["domain_hint"]),
        login_hint: text(&args["login_hint"]),
        nonce: text(&args["nonce"]),
        prompt: text(&args["prompt"]),
        provider_scopes: serde_json::from_value(args["provider_scopes"].clone()).unwrap(),
        provider_query_params: serde_json::from_value(args["provider_query_params"].clone())
            .unwrap(),
        code_challenge: text(&args["code_challenge"]),
        code_challenge_method: text(&args["code_challenge_method"]),
    }
}

/// Inputs that name nothing to sign in with. The other SDKs send the browser to an error page,
/// except Node, which refuses. Here AuthKit's helper adds the hosted page, and everything else
/// refuses.
const WITHOUT_A_WAY: [&str; 2] = ["url/authkit/redirect-only", "url/sso/redirect-only"];

#[test]
fn urls_are_those_of_the_other_sdks() {
    let mut checked = 0;
    for vector in vectors(include_str!("../../vectors/urls.json")) {
        let (id, inputs) = (vector["id"].as_str().unwrap(), &vector["inputs"]);
        let base = inputs["base_url"].as_str().unwrap();
        let client_id = inputs["client_id"].as_str().unwrap();
        // A slash at the end of the base makes no difference.
        for base in [base.to_owned(), format!("{base}/")] {
            let client = Client::builder().client_id(client_id).base_url(&base).build();
            let public = PublicClient::with_base_url(client_id, &base);
            let args = &inputs["args"];
            let kind = id.split('/').nth(1).unwrap();
            let urls = match kind {
                _ if WITHOUT_A_WAY.contains(&id) => continue,
                "authkit" => vec![
                    client.user_management().get_authorization_url(authkit_params(args)),
                    client.authkit().authorization_url(authkit_params(args)),
                    public.client().authkit().authorization_url(authkit_params(args)),
                ],
                "sso" => vec![
                    client.sso().get_authorization_url(sso_params(args)),
                    client.sso_helpers().authorization_url(sso_params(args)),
                    public.client().sso_helpers().authorization_url(sso_params(args)),
                ],
                "session-logout" => {
                    let mut params = GetLogoutUrlParams::new(text(&inputs["session_id"]).unwrap());
                    params.return_to = text(&inputs["return_to"]);
                    vec![client.user_management().get_logout_url(params)]
                }
                "sso-logout" => {
                    let token = text(&inputs["token"]).unwrap();
                    let params = workos::sso::GetLogoutUrlParams::new(token);
                    vec![client.sso().get_logout_url(params)]
                }
                "jwks" => {
                    let url = client.jwks().url().unwrap();
                    assert_eq!(json!(url), vector["expect"]["url"], "{id}");
                    checked += 1;
                    continue;
                }
                other => panic!("unknown kind {other}"),
            };
            for url in urls {
                checked += 1;
                if !vector["expect"]["error"].is_null() {
                    assert_eq!(url.unwrap_err().kind(), ErrorKind::Builder, "{id}");
                    continue;
                }
                let (address, pairs) = taken_apart(&url.unwrap());
                let expect = &vector["expect"];
                let expected =
                    [&expect["base"], &expect["path"]].map(|part| text(part).unwrap()).concat();
                assert_eq!(address, expected, "{id}");
                assert_eq!(json!(pairs), expect["query_pairs_sorted"], "{id}");
            }
        }
    }
    assert!(checked > 100);
}

#[test]
fn a_url_without_client_id_or_redirect_is_refused() {
    let with_id = Client::builder().client_id("client_1").build();
    let without = [Client::builder().build(), Client::builder().client_id(" ").build()];
    let refused = |result: Result<String, Error>, name: &str| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Builder);
        assert!(error.to_string().contains(name), "{error}");
    };
    for client in &without {
        let params = AuthKitAuthorizationUrlParams::new(CALLBACK);
        refused(client.user_management().get_authorization_url(params.clone()), "client_id");
        refused(client.authkit().authorization_url(params.clone()), "client_id");
        refused(client.authkit().pkce_authorization_url(params).map(|made| made.url), "client_id");
        let params = SsoAuthorizationUrlParams::new(CALLBACK);
        refused(client.sso().get_authorization_url(params.clone()), "client_id");
        refused(client.sso_helpers().authorization_url(params.clone()), "client_id");
        refused(client.sso_helpers().pkce_authorization_url(params).map(|made| made.url), "client");
    }
    refused(with_id.authkit().authorization_url(Default::default()), "redirect_uri");
    refused(with_id.sso_helpers().authorization_url(Default::default()), "redirect_uri");
    let empty = Some(String::new());
    let params = AuthKitAuthorizationUrlParams {
        client_id: empty.clone(),
        ..AuthKitAuthorizationUrlParams::new(CALLBACK)
    };
    refused(with_id.authkit().authorization_url(params), "client_id");
    let params =
        SsoAuthorizationUrlParams { client_id: empty, ..SsoAuthorizationUrlParams::new(CALLBACK) };
    refused(with_id.sso_helpers().authorization_url(params), "client_id");
}

#[test]
fn authkit_opens_its_hosted_page_by_default() {
    let client = Client::builder().client_id("client_1").build();
    let public = PublicClient::new("client_1");
    let provider = |change: fn(&mut AuthKitAuthorizationUrlParams)| {
        let mut params = AuthKitAuthorizationUrlParams::new(CALLBACK);
        change(&mut params);
        let urls = [
            client.authkit().authorization_url(params.clone()).unwrap(),
            client.authkit().pkce_authorization_url(params.clone()).unwrap().url,
            public.authkit_authorization_url(params.clone()).unwrap().url,
            public.client().authkit().authorization_url(params).unwrap(),
        ];
        let providers = urls.map(|url| {
            assert!(
                !url.contains("connection_id=&") && !url.contains("organization_id=&"),
                "{url}"
            );
            parameter(&url, "provider")
        });
        assert!(providers.iter().all(|one| *one == providers[0]), "{providers:?}");
        providers[0].clone()
    };
    let authkit = Some("authkit".to_owned());
    assert_eq!(provider(|_| ()), authkit);
    assert_eq!(provider(|params| params.domain_hint = Some("acme.com".into())), authkit);
    assert_eq!(provider(|params| params.provider = Some("".into())), authkit);
    assert_eq!(provider(|params| params.connection_id = Some(String::new())), authkit);
    assert_eq!(provider(|params| params.organization_id = Some(String::new())), authkit);
    assert_eq!(
        provider(|params| params.provider = Some("GoogleOAuth".into())),
        Some("GoogleOAuth".to_owned())
    );
    assert_eq!(provider(|params| params.connection_id = Some("conn_1".into())), None);
    assert_eq!(provider(|params| params.organization_id = Some("org_1".into())), None);
}

#[test]
fn other_urls_that_name_nothing_to_sign_in_with_are_refused() {
    let client = Client::builder().client_id("client_1").build();
    let public = PublicClient::new("client_1");
    let refused = |result: Result<String, Error>, names: &str| {
        let error = result.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Builder);
        assert!(
            error.to_string().contains(&format!("{names}: one of them is required")),
            "{error}"
        );
    };
    let empty = || Some(String::new());
    for params in [
        AuthKitAuthorizationUrlParams::new(CALLBACK),
        AuthKitAuthorizationUrlParams {
            provider: Some("".into()),
            connection_id: empty(),
            organization_id: empty(),
            domain_hint: Some("acme.com".into()),
            ..AuthKitAuthorizationUrlParams::new(CALLBACK)
        },
    ] {
        let url = client.user_management().get_authorization_url(params);
        refused(url, "provider, connection_id, organization_id");
    }
    for params in [
        SsoAuthorizationUrlParams::new(CALLBACK),
        SsoAuthorizationUrlParams {
            provider: Some("".into()),
            connection: empty(),
            organization: empty(),
            domain: empty(),
            domain_hint: Some("acme.com".into()),
            ..SsoAuthorizationUrlParams::new(CALLBACK)
        },
    ] {
        let pkce = |made: Result<workos::helpers::sso::SsoPkceAuthorizationUrl, Error>| {
            made.map(|made| made.url)
        };
        for url in [
            client.sso().get_authorization_url(params.clone()),
            client.sso_helpers().authorization_url(params.clone()),
            pkce(client.sso_helpers().pkce_authorization_url(params.clone())),
            pkce(public.sso_authorization_url(params.clone())),
            public.client().sso_helpers().authorization_url(params),
        ] {
            refused(url, "connection, organization, provider");
        }
    }
}

#[test]
fn a_client_id_from_a_file_loses_its_line_break() {
    let public = PublicClient::new("client_1\n");
    let params = || AuthKitAuthorizationUrlParams::new(CALLBACK);
    let url = public.authkit_authorization_url(params()).unwrap().url;
    assert_eq!(parameter(&url, "client_id").unwrap(), "client_1");
    let client = Client::builder().client_id("client_2").build();
    let params =
        AuthKitAuthorizationUrlParams { client_id: Some("client_1\r\n".into()), ..params() };
    let url = client.authkit().authorization_url(params).unwrap();
    assert_eq!(parameter(&url, "client_id").unwrap(), "client_1");
}

#[test]
fn a_pkce_url_has_the_challenge_of_its_verifier_and_every_parameter() {
    let client = Client::builder().client_id("client_1").build();
    for given in [None, Some(""), Some("my state")] {
        let made = client
            .authkit()
            .pkce_authorization_url(AuthKitAuthorizationUrlParams {
                state: given.map(Into::into),
                invitation_token: Some("inv_1".into()),
                prompt: Some("login".into()),
                code_challenge: Some("somebody else's".into()),
                ..AuthKitAuthorizationUrlParams::new(CALLBACK)
            })
            .unwrap();
        assert_eq!(parameter(&made.url, "invitation_token").unwrap(), "inv_1");
        assert_eq!(parameter(&made.url, "prompt").unwrap(), "login");
        let sso = client
            .sso_helpers()
            .pkce_authorization_url(SsoAuthorizationUrlParams {
                state: given.map(Into::into),
                nonce: Some("n".into()),
                organization: Some("org_1".into()),
                ..SsoAuthorizationUrlParams::new(CALLBACK)
            })
            .unwrap();
        assert_eq!(parameter(&sso.url, "nonce").unwrap(), "n");
        let (authkit, sso) =
            ((made.url, made.code_verifier, made.state), (sso.url, sso.code_verifier, sso.state));
        for (url, verifier, state) in [authkit, sso] {
            assert_eq!(verifier.expose().len(), 43);
            let challenge = generate_code_challenge(&verifier);
            assert_eq!(parameter(&url, "code_challenge").unwrap(), challenge);
            assert_eq!(parameter(&url, "code_challenge_method").unwrap(), "S256");
            assert_eq!(parameter(&url, "state").unwrap(), state);
            match given {
                Some("my state") => assert_eq!(state, "my state"),
                _ => assert_eq!(state.len(), 43),
            }
        }
    }
}
