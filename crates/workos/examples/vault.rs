//! Client-side encryption with keys from Vault: the plaintext never reaches WorkOS.
//!
//! `cargo run --example vault` needs no account and no network: the embedded emulator creates the
//! data keys, and alone can decrypt them.

#![allow(clippy::print_stdout)] // an example prints to the terminal

use workos::helpers::vault::{
    BlobLayout, extract_encrypted_keys, local_decrypt, local_decrypt_bytes, local_encrypt_as,
};
use workos::vault::DecryptDataKey;
use workos_emulator::Emulator;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let emulator = Emulator::builder().without_socket().start().await?;
    let vault = emulator.client().vault();

    println!("1. Encrypt a card number for an organization, bound to a user");
    let context = [("organization_id", "org_acme")];
    let sealed = vault.encrypt("4111 1111 1111 1111", context, "card of user_01").await?;
    println!("   store only this:");
    println!("   {}", sealed.encrypted_data);

    println!("\n2. Decrypt it: WorkOS decrypts the data key in it, and sees nothing else");
    let number = vault.decrypt(&sealed.encrypted_data, "card of user_01").await?;
    println!("   {} (a secret, which prints as {number:?})", number.expose());

    println!("\n3. With the data key, decrypt it without a request to WorkOS");
    let encrypted_key = extract_encrypted_keys(&sealed.encrypted_data)?;
    println!("   the blob contains the encrypted key: {encrypted_key}");
    let key = vault.create_decrypt(DecryptDataKey::new(encrypted_key.as_str())).await?.data_key;
    let before = emulator.requests().count();
    let number = local_decrypt(&sealed.encrypted_data, &key, "card of user_01")?;
    println!("   {}, after {} requests", number.expose(), emulator.requests().count() - before);

    println!("\n4. In another user's record it does not decrypt");
    match local_decrypt(&sealed.encrypted_data, &key, "card of user_02") {
        Ok(_) => return Err("it was decrypted".into()),
        Err(error) => println!("   {error}"),
    }

    println!("\n5. Two layouts: the one of most SDKs, and the one of Go and the official crate");
    for layout in [BlobLayout::NonceFirst, BlobLayout::KeysFirst] {
        let blob = local_encrypt_as(layout, [0xff, 0x00, 0xfe], &key, &encrypted_key, "")?;
        let bytes = local_decrypt_bytes(&blob, &key, "")?;
        println!("   {layout:?}: {blob:.24}… decrypts to {:?}", bytes.expose());
    }

    println!("\n6. Choose the second layout to write it; reading detects the layout");
    let for_go = vault.encryption().layout(BlobLayout::KeysFirst);
    let sealed = for_go.encrypt("from Rust to Go", context, "").await?;
    println!("   {}", vault.decrypt(&sealed.encrypted_data, "").await?.expose());
    Ok(())
}
