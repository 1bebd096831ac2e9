#include "common/sign/dkim_signature.h"

#include "common/base/encoding.h"
#include "common/base/number.h"
#include "common/base/text.h"

namespace gp::sign {
namespace {

constexpr std::size_t line_length = 78;

// Which headers are signed, the last of a name first (section 5.4.2), and the names for h=.
struct Chosen {
    std::vector<const mail::Header*> headers;
    std::vector<std::string> names;
};

Chosen choose(const mail::HeaderList& headers, std::string_view wanted)
{
    struct Name {
        std::string name;
        bool all = false;
        bool used = false;
    };
    std::vector<Name> names;
    std::vector<std::string> missing; // "+": one more than there are
    for (auto item : split(wanted, ':')) {
        item = trim(item);
        if (item.empty())
            continue;
        const bool all = item[0] == '=' || item[0] == '+';
        const auto name = all ? item.substr(1) : item;
        if (item[0] == '+')
            missing.emplace_back(name);
        names.push_back({std::string(name), all});
    }
    Chosen chosen;
    for (std::size_t i = headers.size(); i-- > 0;) {
        const auto& header = headers[i];
        const auto fits = std::ranges::find_if(names, [&](const Name& one) { return (one.all || !one.used) && header.is(one.name); });
        if (fits == names.end())
            continue;
        fits->used = true;
        chosen.headers.push_back(&header);
        chosen.names.emplace_back(header.name());
    }
    // A name without a header is signed as absent: nobody can add one.
    for (const auto& one : names)
        if (!one.used && !one.all)
            chosen.names.push_back(one.name);
    chosen.names.insert(chosen.names.end(), missing.begin(), missing.end());
    return chosen;
}

// Lays out the tags as Exim does, octet for octet: what is compared with its signatures finds the same lines.
class Folded {
public:
    explicit Folded(std::string first) : text_(std::move(first)), column_(text_.size()) {}
    // What stands between two things: it may be the first of a line, too.
    void separator(char one)
    {
        make_room(1);
        put({&one, 1});
    }
    void tag(std::string_view name, std::string_view value) { piece(" ", name, value); }
    // The names of h=: a line may end behind each of them.
    void list(std::string_view name, const std::vector<std::string>& items)
    {
        if (items.empty())
            return tag(name, {});
        tag(name, items.front());
        for (std::size_t i = 1; i < items.size(); ++i) {
            separator(':');
            piece({}, {}, items[i]);
        }
    }
    // The last tag, whose value is never known to fit into a line.
    void open(std::string_view name)
    {
        separator(' ');
        make_room(name.size());
        put(name);
    }
    // May be cut anywhere.
    void pour(std::string_view value)
    {
        while (!value.empty()) {
            make_room(1);
            const auto part = value.substr(0, line_length - column_);
            put(part);
            value.remove_prefix(part.size());
        }
    }
    const std::string& text() const { return text_; }

private:
    void put(std::string_view octets)
    {
        text_ += octets;
        column_ += octets.size();
    }
    void make_room(std::size_t size)
    {
        if (column_ + size <= line_length)
            return;
        text_ += "\r\n\t";
        column_ = 1;
    }
    void piece(std::string_view blank, std::string_view name, std::string_view value)
    {
        const auto size = blank.size() + name.size() + value.size();
        if (size >= line_length) { // in no line at all
            open(name);
            return pour(value);
        }
        if (column_ + size <= line_length)
            put(blank);
        else
            make_room(size);
        put(name);
        put(value);
    }

    std::string text_;
    std::size_t column_;
};

std::string canon_name(Canon canon)
{
    return canon == Canon::simple ? "simple" : "relaxed";
}

}

std::string_view usual_dkim_headers()
{
    return "From:Sender:Reply-To:Subject:Date:Message-ID:To:Cc:MIME-Version:Content-Type:Content-Transfer-Encoding:Content-ID:"
           "Content-Description:Resent-Date:Resent-From:Resent-Sender:Resent-To:Resent-Cc:Resent-Message-ID:In-Reply-To:"
           "References:List-Id:List-Help:List-Unsubscribe:List-Subscribe:List-Post:List-Owner:List-Archive";
}

std::string DkimRequest::text() const
{
    std::string out;
    const auto add = [&](std::string_view name, std::string_view value) {
        out += std::string(name) + "=" + replace_all(std::string(value), "\n", " ") + "\n";
    };
    add("d", domain);
    add("s", selector);
    add("i", identity);
    add("k", key);
    add("h", headers);
    add("c", canon_name(canon));
    add("a", hash);
    add("x", std::to_string(lifetime));
    add("strict", strict ? "1" : "");
    return out;
}

DkimRequest DkimRequest::parse(std::string_view text)
{
    DkimRequest request;
    for (auto line : split(text, '\n')) {
        const auto equals = line.find('=');
        if (equals == std::string_view::npos)
            continue;
        const auto name = line.substr(0, equals);
        const std::string value{line.substr(equals + 1)};
        if (name == "d")
            request.domain = value;
        else if (name == "s")
            request.selector = value;
        else if (name == "i")
            request.identity = value;
        else if (name == "k")
            request.key = value;
        else if (name == "h")
            request.headers = value;
        else if (name == "c")
            request.canon = value == "simple" ? Canon::simple : Canon::relaxed;
        else if (name == "a")
            request.hash = value;
        else if (name == "x")
            request.lifetime = static_cast<std::int64_t>(parse_unsigned(value).value_or(0));
        else if (name == "strict")
            request.strict = !value.empty();
    }
    return request;
}

DkimSignature::DkimSignature(const DkimRequest& request, std::string_view algorithm, const mail::HeaderList& headers,
                             std::string_view body_hash, std::int64_t now)
{
    const auto chosen = choose(headers, request.headers.empty() ? usual_dkim_headers() : std::string_view(request.headers));
    const auto canon = canon_name(request.canon);
    Folded field{"DKIM-Signature: v=1"};
    const auto add = [&](std::string_view name, const std::string& value) {
        field.separator(';');
        field.tag(name, value);
    };
    add("a=", std::string(algorithm) + "-" + request.hash);
    add("q=", "dns/txt");
    add("c=", canon + "/" + canon);
    add("d=", request.domain);
    add("s=", request.selector);
    field.separator(';');
    field.list("h=", chosen.names);
    add("bh=", base64_encode(body_hash));
    if (!request.identity.empty())
        add("i=", request.identity);
    if (request.lifetime > 0) {
        add("t=", std::to_string(now));
        add("x=", std::to_string(now + request.lifetime));
    }
    field.separator(';');
    field.open("b=");
    unsigned_ = field.text();
    for (const auto* header : chosen.headers)
        to_sign_ += canonical_header(request.canon, header->text());
    auto own = canonical_header(request.canon, unsigned_ + ";");
    own.resize(own.size() - 2); // section 3.7: without the CRLF
    to_sign_ += own;
}

std::string DkimSignature::header(std::string_view signature) const
{
    const auto line = unsigned_.rfind('\n');
    const auto before = line == std::string::npos ? 0 : line + 1;
    Folded field{unsigned_.substr(before)};
    field.pour(base64_encode(signature));
    field.separator(';');
    return unsigned_.substr(0, before) + field.text() + "\r\n";
}

}
