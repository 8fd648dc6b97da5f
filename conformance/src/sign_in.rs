//! Signing in, and the sessions that follow.

use workos::SecretString;
use workos::organization_membership::CreateOrganizationMembership;
use workos::user_management::*;

use crate::harness::{Outcome, World, holds, present, refused, refused_as, same};

scenarios![
    a_password_opens_a_session,
    a_wrong_password_is_refused,
    an_unverified_address_has_to_be_verified_first,
    a_magic_auth_code_signs_in_once,
    a_refresh_token_is_replaced_by_the_next_one,
    the_session_of_a_member_is_in_the_organization,
    a_revoked_session_cannot_be_refreshed,
];

async fn sign_in(
    world: &World,
    user: &User,
    password: &SecretString,
) -> Outcome<AuthenticateResponse> {
    let params = AuthenticateWithPasswordParams::new(&user.email, password.clone());
    Ok(world.client.user_management().authenticate_with_password(params).await?)
}

fn refresh(token: &SecretString) -> AuthenticateWithRefreshTokenParams {
    AuthenticateWithRefreshTokenParams::new(token.clone())
}

async fn a_password_opens_a_session(world: &World) -> Outcome {
    let password = world.password();
    let ada = world.user_with_password(&password).await?;
    let signed_in = sign_in(world, &ada, &password).await?;
    same((&signed_in.user.id, &signed_in.organization_id), (&ada.id, &None))?;
    holds(signed_in.user.last_sign_in_at.is_some(), "last_sign_in_at is set")?;
    let method = signed_in.authentication_method;
    same(method, Some(AuthenticateResponseAuthenticationMethod::Password))?;
    let sessions = world.client.user_management().list_sessions(&ada.id, Default::default());
    let sessions = sessions.await?.data;
    let shown: Vec<_> =
        sessions.iter().map(|one| (&one.user_id, &one.status, &one.auth_method)).collect();
    same(shown, [(&ada.id, &SessionStatus::Active, &SessionAuthMethod::Password)])
}

async fn a_wrong_password_is_refused(world: &World) -> Outcome {
    let api = world.client.user_management();
    let ada = world.user_with_password(&world.password()).await?;
    let wrong = AuthenticateWithPasswordParams::new(&ada.email, world.password());
    refused(api.authenticate_with_password(wrong).await, "400 invalid_credentials")?;
    // Nobody learns which addresses exist.
    let nobody = AuthenticateWithPasswordParams::new(world.email("nobody"), world.password());
    world.assumed(
        "an unknown address is refused like a wrong password",
        refused(api.authenticate_with_password(nobody).await, "400 invalid_credentials"),
    );
    Ok(())
}

async fn an_unverified_address_has_to_be_verified_first(world: &World) -> Outcome {
    let api = world.client.user_management();
    let password = world.password();
    let new = CreateUser {
        password: Some(Password::plaintext(password.clone())),
        ..CreateUser::new(world.email("ada"))
    };
    let ada = world.user_with(new).await?;
    let params = AuthenticateWithPasswordParams::new(&ada.email, password);
    let Err(error) = api.authenticate_with_password(params).await else {
        return holds(false, "the sign-in needs another step");
    };
    same((error.status(), error.code()), (Some(403), Some("email_verification_required")))?;
    let step = present(error.api(), "the answer")?;
    let pending = present(step.pending_authentication_token.clone(), "the pending token")?;
    let body: serde_json::Value = step.json()?;
    let id = present(body.get("email_verification_id"), "email_verification_id")?;
    let id = present(id.as_str(), "email_verification_id as text")?;
    let code = present(api.get_email_verification(id).await?.code, "the code")?;
    let params = AuthenticateWithEmailVerificationParams::new(code, pending);
    let signed_in = api.authenticate_with_email_verification(params).await?;
    same((&signed_in.user.id, signed_in.user.email_verified), (&ada.id, true))
}

async fn a_magic_auth_code_signs_in_once(world: &World) -> Outcome {
    let api = world.client.user_management();
    let ada = world.user("ada").await?;
    let sent = api.create_magic_auth(CreateMagicAuth::new(&ada.email)).await?;
    same((&sent.user_id, &sent.email), (&ada.id, &ada.email))?;
    let code = present(sent.code, "the code")?;
    // A code that was not sent, whatever was.
    let other = if code == "000000" { "111111" } else { "000000" };
    let wrong = AuthenticateWithMagicAuthParams::new(other, &ada.email);
    refused(api.authenticate_with_magic_auth(wrong).await, "400 invalid_one_time_code")?;

    let right = AuthenticateWithMagicAuthParams::new(code, &ada.email);
    let signed_in = api.authenticate_with_magic_auth(right.clone()).await?;
    // The code has shown that the address is theirs.
    same((&signed_in.user.id, signed_in.user.email_verified), (&ada.id, true))?;
    let method = signed_in.authentication_method;
    same(method, Some(AuthenticateResponseAuthenticationMethod::MagicAuth))?;
    let again = api.authenticate_with_magic_auth(right).await;
    world.assumed(
        "a used code has another error than a wrong one",
        refused(again, "400 one_time_code_previously_used"),
    );
    Ok(())
}

async fn a_refresh_token_is_replaced_by_the_next_one(world: &World) -> Outcome {
    let api = world.client.user_management();
    let password = world.password();
    let ada = world.user_with_password(&password).await?;
    let first = sign_in(world, &ada, &password).await?;
    let second = api.authenticate_with_refresh_token(refresh(&first.refresh_token)).await?;
    holds(second.refresh_token != first.refresh_token, "the refresh token is a new one")?;
    same(&second.user.id, &ada.id)?;
    let third = api.authenticate_with_refresh_token(refresh(&second.refresh_token)).await?;
    holds(third.refresh_token != second.refresh_token, "the refresh token is a new one again")?;
    // It is still the same session.
    same(api.list_sessions(&ada.id, Default::default()).await?.data.len(), 1)?;
    let unknown = api.authenticate_with_refresh_token(refresh(&"unknown".into())).await;
    refused(unknown, "400 invalid_grant")
}

async fn the_session_of_a_member_is_in_the_organization(world: &World) -> Outcome {
    let api = world.client.user_management();
    let password = world.password();
    let (acme, globex) = (world.organization("acme").await?, world.organization("globex").await?);
    let ada = world.user_with_password(&password).await?;
    let join = CreateOrganizationMembership::new(&ada.id, &acme.id);
    world.client.organization_membership().create_organization_membership(join).await?;
    let signed_in = sign_in(world, &ada, &password).await?;
    same(&signed_in.organization_id, &Some(acme.id))?;
    let switch = AuthenticateWithRefreshTokenParams {
        organization_id: Some(globex.id),
        ..refresh(&signed_in.refresh_token)
    };
    let refusal = api.authenticate_with_refresh_token(switch).await;
    world.assumed(
        "a session does not switch to a foreign organization",
        refused(refusal, "400 organization_membership_not_found"),
    );
    Ok(())
}

async fn a_revoked_session_cannot_be_refreshed(world: &World) -> Outcome {
    let api = world.client.user_management();
    let password = world.password();
    let ada = world.user_with_password(&password).await?;
    let signed_in = sign_in(world, &ada, &password).await?;
    let sessions = api.list_sessions(&ada.id, Default::default()).await?.data;
    let session = present(sessions.first(), "the session")?;
    api.revoke_session(RevokeSession::new(&session.id)).await?;
    let refusal = api.authenticate_with_refresh_token(refresh(&signed_in.refresh_token)).await;
    refused(refusal, "400 invalid_grant")?;
    same(api.list_sessions(&ada.id, Default::default()).await?.data, [])?;
    let unknown = RevokeSession::new("session_01E4ZCR3C5A4QZ2Z2JQXGKZJ9E");
    world.assumed(
        "an unknown session is a bad request",
        refused_as(api.revoke_session(unknown).await, 400),
    );
    Ok(())
}
