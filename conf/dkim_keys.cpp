#include "conf/dkim_keys.h"

#include <dirent.h>
#include <sys/stat.h>

#include "common/config/source.h"
#include "conf/reach.h"

namespace gp::conf {
namespace {

constexpr std::size_t most_octets = 64 * 1024; // of a file; no key is longer
constexpr int deepest = 3;                     // folders below the one that is named
constexpr std::size_t most_files = 50'000;
constexpr std::size_t most_keys = 15'000;

class Collector {
public:
    Collector(Keys& keys, config::Problems& problems, const config::Origin& origin)
        : keys_(keys), problems_(problems), origin_(origin)
    {}

    void take_file(const std::string& path)
    {
        if (++files_ > most_files || keys_.dkim.size() >= most_keys)
            return;
        const bool is_known = std::ranges::any_of(keys_.dkim, [&](const auto& one) { return one.file == path; });
        const auto text = is_known ? Result<std::string>{std::string{}} : config::read_file(path, most_octets);
        if (!text || text->find("PRIVATE KEY-----") == std::string::npos || text->find("ENCRYPTED") != std::string::npos)
            return;
        // The PKCS#8 form of an Ed25519 key begins with its type: RFC 8410 section 7.
        const bool is_ed25519 = text->find("MC4CAQAwBQYDK2VwBCIEI") != std::string::npos;
        keys_.dkim.push_back({path, static_cast<std::uint32_t>(keys_.keys.size()), is_ed25519 ? "ed25519" : "rsa"});
        keys_.keys.push_back({.name = "dkim_private_key " + path, .pem = *text, .dkim = true});
        keys_.files.push_back(path);
    }

    void take_folder(const std::string& path, int depth)
    {
        DIR* folder = depth > deepest ? nullptr : ::opendir(path.c_str());
        if (!folder)
            return;
        keys_.files.push_back(path); // where others may appear
        while (const auto* entry = ::readdir(folder)) {
            const std::string name = entry->d_name;
            if (name.starts_with('.') || files_ > most_files)
                continue;
            struct stat status {};
            const auto whole = path + "/" + name;
            if (::stat(whole.c_str(), &status) != 0)
                continue;
            if (S_ISDIR(status.st_mode))
                take_folder(whole, depth + 1);
            else if (S_ISREG(status.st_mode))
                take_file(whole);
        }
        ::closedir(folder);
    }

    void complain_if_too_many()
    {
        if (files_ > most_files || keys_.dkim.size() >= most_keys)
            problems_.warning(origin_, "", "dkim_private_key: there are more files than are looked at; the rest is not known");
    }

private:
    Keys& keys_;
    config::Problems& problems_;
    const config::Origin& origin_;
    std::size_t files_ = 0;
};

}

void read_dkim_keys(const Configuration& configuration, config::Problems& problems, Keys& keys)
{
    for (const auto& transport : configuration.transports) {
        if (!transport.settings.find("dkim_private_key") || !transport.settings.is_set("dkim_private_key"))
            continue;
        const auto text = transport.settings.expandable("dkim_private_key");
        Collector collector{keys, problems, text.origin};
        if (text.is_constant()) {
            collector.take_file(text.text);
            continue;
        }
        for (const auto& folder : literal_directories(text.text))
            if (std::ranges::count(folder, '/') > 1) // "/etc" and the like hold everything
                collector.take_folder(folder, 1);
        collector.complain_if_too_many();
    }
}

}
