#include "common/sign/canonical.h"

#include <openssl/evp.h>

#include "common/base/result.h"
#include "common/base/text.h"

namespace gp::sign {
namespace {

constexpr std::string_view crlf = "\r\n";
constexpr std::size_t longest_part = 1024 * 1024; // of a line without end; then it counts as a line's piece

bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

// Runs of blanks become one blank; those at the end go (section 3.4.4).
std::string squeezed(std::string_view text)
{
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!is_blank(text[i])) {
            out += text[i];
            continue;
        }
        while (i + 1 < text.size() && is_blank(text[i + 1]))
            ++i;
        if (i + 1 < text.size())
            out += ' ';
    }
    return out;
}

}

std::string canonical_header(Canon canon, std::string_view header)
{
    while (header.ends_with('\n') || header.ends_with('\r'))
        header.remove_suffix(1);
    if (canon == Canon::simple)
        return std::string(header) + std::string(crlf);
    const auto colon = header.find(':');
    std::string unfolded;
    for (const char c : header.substr(std::min(colon, header.size() - 1) + 1))
        if (c != '\r' && c != '\n')
            unfolded += c;
    return lower(trim(header.substr(0, colon))) + ":" + std::string(trim(squeezed(unfolded))) + std::string(crlf);
}

struct BodyHash::Context {
    struct Free {
        void operator()(EVP_MD_CTX* digest) const { EVP_MD_CTX_free(digest); }
    };
    std::unique_ptr<EVP_MD_CTX, Free> digest{EVP_MD_CTX_new()};
};

BodyHash::BodyHash(Canon canon, Digest digest, std::optional<std::uint64_t> limit)
    : context_(std::make_unique<Context>()), canon_(canon), left_(limit)
{
    if (EVP_DigestInit_ex(context_->digest.get(), digest == Digest::sha1 ? EVP_sha1() : digest == Digest::sha512 ? EVP_sha512() : EVP_sha256(), nullptr) != 1)
        panic("OpenSSL has SHA-256");
}

BodyHash::~BodyHash() = default;
BodyHash::BodyHash(BodyHash&&) noexcept = default;
BodyHash& BodyHash::operator=(BodyHash&&) noexcept = default;

void BodyHash::add(std::string_view octets)
{
    while (!octets.empty()) {
        const auto end = octets.find('\n');
        if (end == std::string_view::npos) {
            part_ += octets;
            if (part_.size() > longest_part && canon_ == Canon::simple) {
                // A line of a megabyte is hashed as it comes; only its last octets may be part of a line end.
                while (blank_lines_ > 0) {
                    put(crlf);
                    --blank_lines_;
                }
                put(std::string_view(part_).substr(0, part_.size() - 1));
                part_.erase(0, part_.size() - 1);
            }
            return;
        }
        if (part_.empty()) {
            line(octets.substr(0, end));
        } else {
            part_ += octets.substr(0, end);
            line(std::exchange(part_, std::string{}));
        }
        octets.remove_prefix(end + 1);
    }
}

void BodyHash::line(std::string_view text)
{
    if (text.ends_with('\r'))
        text.remove_suffix(1);
    const std::string relaxed = canon_ == Canon::relaxed ? squeezed(text) : std::string{};
    if (canon_ == Canon::relaxed)
        text = relaxed;
    if (text.empty()) {
        ++blank_lines_;
        return;
    }
    for (; blank_lines_ > 0; --blank_lines_)
        put(crlf);
    put(text);
    put(crlf);
}

void BodyHash::put(std::string_view text)
{
    octets_ += text.size();
    if (left_) {
        text = text.substr(0, static_cast<std::size_t>(std::min<std::uint64_t>(*left_, text.size())));
        *left_ -= text.size();
    }
    EVP_DigestUpdate(context_->digest.get(), text.data(), text.size());
}

std::string BodyHash::finish()
{
    if (!part_.empty())
        line(std::exchange(part_, std::string{}));
    // Section 3.4.3: an empty body is one CRLF in the simple form; in the relaxed one it is nothing.
    if (canon_ == Canon::simple && octets_ == 0)
        put(crlf);
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    EVP_DigestFinal_ex(context_->digest.get(), reinterpret_cast<unsigned char*>(out.data()), &size);
    out.resize(size);
    return out;
}

std::string sha256(std::string_view octets)
{
    std::string out(EVP_MAX_MD_SIZE, '\0');
    unsigned size = 0;
    EVP_Digest(octets.data(), octets.size(), reinterpret_cast<unsigned char*>(out.data()), &size, EVP_sha256(), nullptr);
    out.resize(size);
    return out;
}

}
