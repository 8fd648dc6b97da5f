//! Authentication: the grants that end in a session, devices, and the key set.

use serde_json::Value;
use workos::SecretString;
use workos::user_management::*;

use crate::api::route::read;
use crate::call::Call;
use crate::reply::{Answer, Refusal};
use crate::sign_in::grants::{self, Caller};
use crate::sign_in::keys::Keys;
use crate::sign_in::{device, steps, tokens};
use crate::state::{Change, SignIn, View};

routes! {
    user_management;
    authenticate_with_password(body) => run authenticate, public;
    create_device(body)              => write create_device, public;
    get_jwks(client_id)              => read jwks, public;
}

/// Exchanges a grant for a session.
///
/// A password is hashed and a token is signed outside of the state: nobody waits for that.
fn authenticate(environment: &Call<'_>, body: Value) -> Answer<AuthenticateResponse> {
    let caller = caller(environment, &body)?;
    let grant_type = body.get("grant_type").and_then(Value::as_str).unwrap_or_default().to_owned();
    let proceed = |work: &dyn Fn(&mut Change<'_>) -> Answer<SignIn>| {
        environment.write(|change| {
            let sign_in = work(change)?;
            steps::proceed(change, sign_in)
        })
    };
    let tokens = match grant_type.as_str() {
        "authorization_code" => {
            let input = read(body)?;
            environment.write(|change| grants::code(change, &caller, &input))
        }
        "password" => {
            let input: AuthenticateWithPasswordParams = read(body)?;
            let hash = environment.read(|view| grants::password_hash(view, &input.email));
            let is_correct = hash.is_some_and(|hash| hash.verify(input.password.expose()));
            proceed(&|change| grants::password(change, &caller, &input, is_correct))
        }
        "refresh_token" => {
            let (input, grace) = (read(body)?, environment.refresh_grace);
            environment.write(|change| grants::refresh_token(change, &input, grace))
        }
        "urn:workos:oauth:grant-type:magic-auth:code" => {
            let input = read(body)?;
            proceed(&|change| grants::magic_auth(change, &caller, &input))
        }
        "urn:workos:oauth:grant-type:email-verification:code" => {
            let input = read(body)?;
            proceed(&|change| grants::email_verification(change, &caller, &input))
        }
        "urn:workos:oauth:grant-type:mfa-totp" => {
            let input = read(body)?;
            proceed(&|change| grants::totp(change, &caller, &input))
        }
        "urn:workos:oauth:grant-type:organization-selection" => {
            let input = read(body)?;
            proceed(&|change| grants::organization_selection(change, &input))
        }
        "urn:workos:oauth:grant-type:radar-email-challenge:code" => {
            let input = read(body)?;
            proceed(&|change| grants::radar_email(change, &input))
        }
        "urn:workos:oauth:grant-type:radar-sms-challenge:code" => {
            let input = read(body)?;
            proceed(&|change| grants::radar_sms(change, &input))
        }
        "urn:ietf:params:oauth:grant-type:device_code" => {
            let input = read(body)?;
            environment.write(|change| grants::device_code(change, &caller, &input))
        }
        "urn:workos:oauth:grant-type:email-completion" => {
            let input = read(body)?;
            environment.write(|change| grants::email_completion(change, &input))
        }
        other => {
            let message = format!("The grant type '{other}' is not supported.");
            Err(Refusal::oauth("unsupported_grant_type", &message))
        }
    };
    tokens?.sign()
}

/// Who asks. The secret of a client is the API key; one that is given has to be right.
pub(in crate::api) fn caller(environment: &Call<'_>, body: &Value) -> Answer<Caller> {
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(str::to_owned);
    let secret = text("client_secret").map(SecretString::from);
    if secret.as_ref().is_some_and(|secret| !environment.accepts(secret)) {
        let message = "Invalid client secret: it is the API key.";
        return Err(Refusal::oauth("invalid_client", message));
    }
    Ok(Caller {
        client_id: text("client_id").unwrap_or_default(),
        is_confidential: secret.is_some(),
        ip_address: text("ip_address"),
        user_agent: text("user_agent"),
    })
}

fn create_device(
    change: &mut Change<'_>,
    input: CreateDeviceAuthorization,
) -> Answer<DeviceAuthorizationResponse> {
    device::authorize(change, &input.client_id.unwrap_or_default())
}

/// All applications of an environment have the same keys.
fn jwks(view: &View<'_>, _client_id: &str) -> Answer<JwksResponse> {
    Ok(Keys::of(view.signing()).set(tokens::rotations(view)))
}
