//! Client-side encryption with keys from Vault: the plaintext never reaches WorkOS.
//!
//! `cargo run --example vault` needs no account and no network. All encryption is real. WorkOS,
//! which creates data keys and alone can decrypt them, is simulated by [`workos`], with a single
//! key.

#![allow(clippy::print_stdout)] // an example prints to the terminal

mod support;

use serde_json::{Value, json};
use support::StandIn;
use workos::Client;
use workos::helpers::vault::{
    BlobLayout, extract_encrypted_keys, local_decrypt, local_decrypt_bytes, local_encrypt_as,
};

/// 32 bytes, base64, and a stand-in for the same key encrypted by WorkOS.
const DATA_KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const ENCRYPTED_KEY: &str = "V09TLkVLTS52MQBiZjUxY2NlYy03OGI0LTUyMDAtYjM4My0zNTczMGU3MWVmNjEB";

#[tokio::main(flavor = "current_thread", start_paused = true)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::builder().api_key("sk_example").transport(StandIn::new(workos)).build();
    let vault = client.vault();

    println!("1. Encrypt a card number for an organization, bound to a user");
    let context = [("organization_id", "org_acme")];
    let sealed = vault.encrypt("4111 1111 1111 1111", context, "card of user_01").await?;
    println!("   store only this:");
    println!("   {}", sealed.encrypted_data);

    println!("\n2. Decrypt it: WorkOS decrypts the data key in it, and sees nothing else");
    let number = vault.decrypt(&sealed.encrypted_data, "card of user_01").await?;
    println!("   {} (a secret, which prints as {number:?})", number.expose());

    println!("\n3. With the data key, decrypt it without a request to WorkOS");
    println!(
        "   the blob contains the encrypted key: {}",
        extract_encrypted_keys(&sealed.encrypted_data)?
    );
    let number = local_decrypt(&sealed.encrypted_data, DATA_KEY, "card of user_01")?;
    println!("   {}", number.expose());

    println!("\n4. In another user's record it does not decrypt");
    match local_decrypt(&sealed.encrypted_data, DATA_KEY, "card of user_02") {
        Ok(_) => return Err("it was decrypted".into()),
        Err(error) => println!("   {error}"),
    }

    println!("\n5. Two layouts: the one of most SDKs, and the one of Go and the official crate");
    for layout in [BlobLayout::NonceFirst, BlobLayout::KeysFirst] {
        let blob = local_encrypt_as(layout, [0xff, 0x00, 0xfe], DATA_KEY, ENCRYPTED_KEY, "")?;
        let bytes = local_decrypt_bytes(&blob, DATA_KEY, "")?;
        println!("   {layout:?}: {blob:.24}… decrypts to {:?}", bytes.expose());
    }

    println!("\n6. Choose the second layout to write it; reading detects the layout");
    let for_go = vault.encryption().layout(BlobLayout::KeysFirst);
    let sealed = for_go.encrypt("from Rust to Go", context, "").await?;
    println!("   {}", vault.decrypt(&sealed.encrypted_data, "").await?.expose());
    Ok(())
}

/// Stands in for WorkOS, with one data key. WorkOS creates a new one for each value.
fn workos(request: &str, body: &Value) -> (u16, Value) {
    match request {
        "POST /vault/v1/keys/data-key" => (
            200,
            json!({
                "id": "key_1", "context": body.get("context"),
                "data_key": DATA_KEY, "encrypted_keys": ENCRYPTED_KEY,
            }),
        ),
        "POST /vault/v1/keys/decrypt" if support::text(body, "keys") == ENCRYPTED_KEY => {
            (200, json!({ "id": "key_1", "data_key": DATA_KEY }))
        }
        "POST /vault/v1/keys/decrypt" => (400, json!({ "message": "Invalid encrypted keys" })),
        _ => support::not_played(request),
    }
}
