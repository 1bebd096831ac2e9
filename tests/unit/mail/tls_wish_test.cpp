#include "common/mail/tls_wish.h"

#include <gtest/gtest.h>

#include "common/mail/notes.h"

namespace gp::mail {
namespace {

TEST(TlsWish, IsANoteOnTheEnvelope)
{
    Envelope envelope;
    EXPECT_EQ(tls_wish(envelope), TlsWish::usual);
    set_tls_wish(envelope, TlsWish::usual);
    EXPECT_TRUE(envelope.variables.empty());
    for (const auto wish : {TlsWish::required, TlsWish::optional}) {
        set_tls_wish(envelope, wish);
        EXPECT_EQ(tls_wish(envelope), wish);
        EXPECT_EQ(envelope.variables.size(), 1u);
    }
    set_tls_wish(envelope, TlsWish::usual);
    EXPECT_TRUE(envelope.variables.empty());
    add_note(envelope, note_tls_wish, "perhaps"); // of a release to come
    EXPECT_EQ(tls_wish(envelope), TlsWish::usual);
}

// RFC 8689 section 3.
TEST(TlsWish, OfTheHeaderIsNo)
{
    for (const auto* value : {"No", " no\r\n", "NO "})
        EXPECT_EQ(wish_of_header(value), TlsWish::optional) << value;
    for (const auto* value : {"", "Yes", "No, thanks", "No (really)", "required"})
        EXPECT_EQ(wish_of_header(value), TlsWish::usual) << value;
}

}
}
