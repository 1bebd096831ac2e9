// iplsearch: a text file whose keys are addresses and networks; the first that contains the key counts
// (manual 9.3).

#include "common/lookup/text_file.h"
#include "common/net/cidr.h"

namespace gp::lookup {
namespace {

struct Network {
    bool is_parsed = false, is_network = false;
    net::Cidr network;
};

Result<bool> match(const Entry& entry, std::size_t index, const Question& question, TextFile& file)
{
    if (question.key == "*" || entry.key == "*")
        return question.key == entry.key;
    auto& kept = file.kept<Network>(index);
    if (!kept.is_parsed) {
        kept.is_parsed = true;
        if (auto network = net::Cidr::parse(entry.key)) {
            kept.network = *network;
            kept.is_network = true;
        }
    }
    if (!kept.is_network)
        return false;
    return kept.network.contains(TRY(net::Address::parse(question.key)));
}

class AddressFile final : public Source {
public:
    explicit AddressFile(std::unique_ptr<Source> file) : file_(std::move(file)) {}

    Result<Answer> find(const Question& question) override
    {
        if (question.key != "*" && !net::Address::is_address(question.key))
            return temporary("\"" + std::string(question.key) +
                             "\" is not a valid iplsearch key (an IP address, with optional CIDR mask, is wanted): "
                             "in a host list, use net-iplsearch as the search type");
        return file_->find(question);
    }
    bool is_stale() const override { return file_->is_stale(); }

private:
    std::unique_ptr<Source> file_;
};

Result<std::unique_ptr<Source>> open(const Environment& environment, const std::string& file)
{
    return std::unique_ptr<Source>(
        std::make_unique<AddressFile>(TRY(TextFile::open(environment, file, "iplsearch", match))));
}

const RegisterLookup self{{
    .name = "iplsearch",
    .style = Style::file,
    .open = open,
    .doc = "As lsearch, with IP addresses and networks as keys.",
}};

}
}
