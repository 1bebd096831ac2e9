// certextract: the fields of a certificate, as Exim with GnuTLS shows them (manual 11.5, "certextract").

#include <gtest/gtest.h>

#include "common/expand/certificate.h"

namespace gp::expand {
namespace {

// CN=mx.example.com, an EC key, signed with RSA by O=example.com, CN=Some, CA.
constexpr std::string_view pem = R"(-----BEGIN CERTIFICATE-----
MIICYTCCAUmgAwIBAgICEjQwDQYJKoZIhvcNAQELBQAwKTEUMBIGA1UECgwLZXhh
bXBsZS5jb20xETAPBgNVBAMMCFNvbWUsIENBMCAXDTI2MTEyMjE4MDM0MloYDzIw
NTEwNzE0MTgwMzQyWjAZMRcwFQYDVQQDDA5teC5leGFtcGxlLmNvbTBZMBMGByqG
SM49AgEGCCqGSM49AwEHA0IABMWNKhi+hqWIaoDYqvTV+cw+UCCA5gkoZrFRbNA9
RegARLvuoutRzyzeXw1gWQ37uwbaZiLhFITQ7mKV1QwH+D+jbDBqMCgGA1UdEQQh
MB+CDm14LmV4YW1wbGUuY29tgg0qLmV4YW1wbGUuY29tMB0GA1UdDgQWBBSZjVag
TEr82mLcCxfaMdV65JCYHDAfBgNVHSMEGDAWgBQayqmc2KmIROvYTgC5yJ45ttiY
yTANBgkqhkiG9w0BAQsFAAOCAQEApmXrKnp8wNVSWq0V0YKUKhH1LCDbgkimrMq1
umb0vODFnwXwD5NY3F6sIwxWI0Ef4mWaUWRa0lMWa3xdixLn3onJXYY0yBW0a2JB
DsREyJ7UBXa6RA27FujmXa+0ZAcuPSGHwTx8M0T/7kFxR+f/n3oyjUioViiPBUSQ
OamB/wKEv7gurE0Bj2HgRbWmMlpMsQPfbmOjZPHTgK34gOU193XKZwfA4ItyJTt6
ky+THL0mODC5CvbJrdnWzZmA/Yusf5tmWfmyTIrmWx1XqyXvDwa7scjtHeZPGyL3
ik8/DIauBp0xOxSSJmQFQr53G62LLmXMOXJuLAIx8HBaUItAdQ==
-----END CERTIFICATE-----
)";

std::string field(std::string_view name)
{
    const auto found = certificate_field(pem, name, true);
    return !found ? "error: " + found.error().text : found->value_or("(none)");
}

TEST(Certificate, HasItsFields)
{
    EXPECT_EQ(field("version"), "3");
    EXPECT_EQ(field("serial_number"), "1234");
    EXPECT_EQ(field("subject"), "CN=mx.example.com");
    EXPECT_EQ(field("subject,CN"), "mx.example.com");
    EXPECT_EQ(field("issuer"), "O=example.com,CN=Some\\, CA"); // in the certificate's own order
    EXPECT_EQ(field("issuer,O"), "example.com");
    EXPECT_EQ(field("issuer,OU"), "(none)");
    EXPECT_EQ(field("subj_altname"), "DNS=mx.example.com\nDNS=*.example.com");
    EXPECT_EQ(field("subj_altname,dns,>;"), "mx.example.com;*.example.com");
    EXPECT_EQ(field("sig_algorithm"), "RSA-SHA256");
    EXPECT_EQ(field("ocsp_uri"), "(none)");
    EXPECT_EQ(field("crl_uri"), "(none)");
}

TEST(Certificate, ShowsASignatureAsOctets)
{
    const auto shown = field("signature");
    EXPECT_EQ(shown.size(), 256u * 3 - 1);
    EXPECT_EQ(shown.find_first_not_of("0123456789abcdef "), std::string::npos);
    EXPECT_EQ(shown[2], ' ');
}

TEST(Certificate, SaysWhatIsWrong)
{
    EXPECT_EQ(field("subjct"), "error: bad field selector \"subjct\" for certextract");
    EXPECT_FALSE(certificate_field("no certificate", "subject", true));
    EXPECT_FALSE(certificate_field("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", "subject", true));
}

}
}
