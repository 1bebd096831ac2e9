#include "common/mail/tls_wish.h"

#include "common/base/text.h"
#include "common/mail/notes.h"

namespace gp::mail {

TlsWish tls_wish(const Envelope& envelope)
{
    const auto* note = find_note(envelope, note_tls_wish);
    for (const auto wish : {TlsWish::required, TlsWish::optional})
        if (note && *note == word_of(wish))
            return wish;
    return TlsWish::usual;
}

void set_tls_wish(Envelope& envelope, TlsWish wish)
{
    remove_note(envelope, note_tls_wish);
    if (wish != TlsWish::usual)
        add_note(envelope, note_tls_wish, std::string(word_of(wish)));
}

std::string_view word_of(TlsWish wish)
{
    return wish == TlsWish::required ? "required" : wish == TlsWish::optional ? "optional" : "";
}

TlsWish wish_of_header(std::string_view value)
{
    return same_nocase(trim(value), "No") ? TlsWish::optional : TlsWish::usual;
}

}
