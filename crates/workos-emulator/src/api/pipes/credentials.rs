//! The credentials of connected accounts.

use std::sync::Arc;

use workos::ObjectType;
use workos::pipes::*;

use crate::products::pipes::accounts::check_method;
use crate::products::pipes::credentials::{config, missing_scopes, usable};
use crate::products::pipes::{Owner, Selection};
use crate::reply::{Answer, Refusal};
use crate::state::{Account, Change};

routes! {
    pipes;
    create_data_integration_credential(slug, body) => write credentials;
    get_access_token(slug, body)                   => write access_token;
}

fn credentials(
    change: &mut Change<'_>,
    slug: &str,
    input: CreateDataIntegrationCredential,
) -> Answer<DataIntegrationCredentialsResponse> {
    let (owner, account) = find(change, slug, input)?;
    let (account, value) = match usable(change, account)? {
        Ok(usable) => usable,
        Err(reason) => return Ok(DataIntegrationCredentialsResponse::Inactive(reason)),
    };
    let mut credential = DataIntegrationVendedCredential::default();
    credential.object = ObjectType::Credential;
    credential.auth_method = account.account.auth_method.clone().unwrap_or_default();
    credential.value = value;
    credential.config = config(change, &owner, &account);
    if credential.auth_method != ConnectedAccountAuthMethod::ApiKey {
        let mut token = VendedTokenDetails::default();
        token.expires_at = account.credential.expires_at.map(|at| at.to_string());
        token.scopes.clone_from(&account.account.scopes);
        token.missing_scopes = missing_scopes(change, &owner, &account);
        token.metadata.clone_from(&account.credential.metadata);
        credential.token = Some(token);
    }
    Ok(DataIntegrationCredentialsResponse::Active(credential))
}

fn access_token(
    change: &mut Change<'_>,
    slug: &str,
    input: GetDataIntegrationAccessToken,
) -> Answer<DataIntegrationAccessTokenResponse> {
    let (owner, account) = find(change, slug, input)?;
    if let Some(account) = &account {
        check_method(account, &ConnectedAccountAuthMethod::OAuth)?;
    }
    let (account, value) = match usable(change, account)? {
        Ok(usable) => usable,
        Err(reason) => return Ok(DataIntegrationAccessTokenResponse::Inactive(reason)),
    };
    let mut token = DataIntegrationAccessToken::default();
    token.object = ObjectType::AccessToken;
    token.access_token = value;
    token.expires_at = account.credential.expires_at.map(|at| at.to_string());
    token.scopes.clone_from(&account.account.scopes);
    token.missing_scopes = missing_scopes(change, &owner, &account);
    Ok(DataIntegrationAccessTokenResponse::Active(token))
}

/// The account that a request asks to use.
fn find(
    change: &Change<'_>,
    slug: &str,
    input: CreateDataIntegrationCredential,
) -> Answer<(Owner, Option<Arc<Account>>)> {
    let organization_id = input.organization_id.as_deref();
    let ownership = input.connection_owner.as_ref();
    let owner = Owner::named(change, slug, &input.user_id, organization_id, ownership)?;
    // These operations document no 403.
    owner
        .check_member(change, &input.user_id)
        .map_err(|_| Refusal::not_found("Organization membership", &input.user_id))?;
    let selection = Selection {
        organization_id: None,
        connected_account_id: input.connected_account_id,
        supports_multiple_connections: input.supports_multiple_connections,
    };
    let account = owner.select(change, &selection)?;
    Ok((owner, account))
}
