// The one header through which Swift sees OpenSSL; what is a macro there gets a function here.
#ifndef LETTERHEAD_COPENSSL_SHIM_H
#define LETTERHEAD_COPENSSL_SHIM_H
#include <openssl/bio.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <unistd.h>

/// The environment says which authorities are believed, or they are where this OpenSSL looks.
static inline int letterhead_finds_authorities(void) {
    return getenv(X509_get_default_cert_file_env()) || getenv(X509_get_default_cert_dir_env()) ||
        access(X509_get_default_cert_file(), R_OK) == 0 || access(X509_get_default_cert_dir(), R_OK) == 0;
}
static inline long letterhead_set_oldest_version(SSL_CTX *context, int version) {
    return SSL_CTX_set_min_proto_version(context, version);
}
/// No renegotiation and no compression. Clients know best which of the suites they do fast.
static inline void letterhead_set_options(SSL_CTX *context) {
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
}
static inline long letterhead_set_mode(SSL_CTX *context, long mode) { return SSL_CTX_set_mode(context, mode); }
static inline void letterhead_set_ticket_keys(
    SSL_CTX *context,
    int (*callback)(SSL *, unsigned char *, unsigned char *, EVP_CIPHER_CTX *, EVP_MAC_CTX *, int)) {
    SSL_CTX_set_tlsext_ticket_key_evp_cb(context, callback);
}
/// HMAC with SHA-256 and that key.
static inline int letterhead_set_ticket_mac(EVP_MAC_CTX *mac, const unsigned char *key, size_t size) {
    OSSL_PARAM parameters[3];
    parameters[0] = OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key, size);
    parameters[1] = OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, "SHA256", 0);
    parameters[2] = OSSL_PARAM_construct_end();
    return EVP_MAC_CTX_set_params(mac, parameters);
}
static inline long letterhead_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
    return SSL_CTX_add1_chain_cert(context, certificate);
}
static inline long letterhead_set_server_name(SSL *session, const char *name) {
    return SSL_set_tlsext_host_name(session, name);
}
static inline void letterhead_retry_read(BIO *bio) { BIO_set_retry_read(bio); }
static inline void letterhead_clear_retry(BIO *bio) { BIO_clear_retry_flags(bio); }
static inline void letterhead_set_client_authority_names(SSL_CTX *context, STACK_OF(X509_NAME) *names) {
    SSL_CTX_set_client_CA_list(context, names);
}
static inline STACK_OF(X509_NAME) *letterhead_new_names(void) { return sk_X509_NAME_new_null(); }
static inline int letterhead_add_name(STACK_OF(X509_NAME) *names, X509_NAME *name) { return sk_X509_NAME_push(names, name); }
static inline int letterhead_certificate_count(const STACK_OF(X509) *chain) { return chain ? sk_X509_num(chain) : 0; }
static inline X509 *letterhead_certificate_at(const STACK_OF(X509) *chain, int index) { return sk_X509_value(chain, index); }
static inline int letterhead_general_name_count(const GENERAL_NAMES *names) { return names ? sk_GENERAL_NAME_num(names) : 0; }
/// The DNS name at that place; NULL where there is another kind of name.
static inline const unsigned char *letterhead_dns_name_at(const GENERAL_NAMES *names, int index, int *length) {
    const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
    if (!name || name->type != GEN_DNS) return NULL;
    *length = ASN1_STRING_length(name->d.dNSName);
    return ASN1_STRING_get0_data(name->d.dNSName);
}
/// The name as RFC 4514 writes it.
static inline int letterhead_write_name(BIO *target, const X509_NAME *name) {
    return X509_NAME_print_ex(target, name, 0, XN_FLAG_RFC2253);
}
/// A key on the curve P-256; NULL where it cannot be made.
static inline EVP_PKEY *letterhead_new_key(void) { return EVP_EC_gen("P-256"); }
static inline unsigned long letterhead_error_reason(unsigned long code) { return (unsigned long)ERR_GET_REASON(code); }
#endif
