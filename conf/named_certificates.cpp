#include "conf/named_certificates.h"

#include <glob.h>
#include <sys/stat.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>

#include "common/config/source.h"
#include "common/tls/key_pair.h"
#include "conf/fill.h"
#include "conf/permits.h"

namespace gp::conf {
namespace {

constexpr std::size_t most_octets = 256 * 1024; // of a file; no chain is longer
constexpr std::size_t most_files = 20'000, most_certificates = 10'000;

// The files that fit a pattern of permits.h, and what lies in a folder that does: a look-up may name one (dsearch), and
// Let's Encrypt has a folder for each name.
class Search {
public:
    void add(const std::string& pattern)
    {
        std::string shell;
        const auto mark = std::ranges::find_if(pattern, [](char c) {
            return c == launcher::mark_segment || c == launcher::mark_anything || c == launcher::mark_home;
        });
        if (const auto slash = pattern.rfind('/', static_cast<std::size_t>(mark - pattern.begin())); mark != pattern.end() && slash != std::string::npos)
            folders_.insert(pattern.substr(0, slash + 1));
        for (const char c : pattern)
            shell += c == launcher::mark_segment || c == launcher::mark_anything || c == launcher::mark_home ? '*' : c;
        find(shell, 0);
    }
    const std::set<std::string>& files() const { return files_; }
    const std::set<std::string>& folders() const { return folders_; } // where others may appear
    bool is_full() const { return files_.size() >= most_files; }

private:
    void find(const std::string& shell, int depth)
    {
        ::glob_t found{};
        if (::glob(shell.c_str(), GLOB_NOSORT, nullptr, &found) == 0)
            for (std::size_t i = 0; i < found.gl_pathc && !is_full(); ++i)
                take(found.gl_pathv[i], depth);
        ::globfree(&found);
    }
    void take(const std::string& path, int depth)
    {
        constexpr int deepest = 4;
        struct stat status {};
        if (::stat(path.c_str(), &status) != 0)
            return;
        if (S_ISREG(status.st_mode) && status.st_size > 0 && static_cast<std::size_t>(status.st_size) <= most_octets)
            files_.insert(path);
        if (!S_ISDIR(status.st_mode) || depth >= deepest || std::ranges::count(path, '/') < 2) // "/etc" holds everything
            return;
        folders_.insert(path);
        find(path + "/*", depth + 1);
    }
    std::set<std::string> files_, folders_;
};

struct KeyFile {
    std::string file, pem;
    std::optional<std::uint32_t> number = std::nullopt; // in Keys::keys, once a certificate is found that needs it
};

struct Found {
    std::map<std::string, std::string> chains;   // by file
    std::map<std::string, KeyFile> keys;         // by public key
    std::vector<std::string> unusable;           // files with a key that is encrypted or damaged, or that cannot be read
};

Found look_at(const std::set<std::string>& files)
{
    Found found;
    for (const auto& file : files) {
        const auto text = config::read_file(file, most_octets);
        if (!text) {
            found.unusable.push_back(file);
            continue;
        }
        if (auto chain = pem_parts(*text, "CERTIFICATE"); !chain.empty() && found.chains.size() < most_certificates)
            found.chains.emplace(file, std::move(chain));
        auto key = pem_parts(*text, "PRIVATE KEY");
        if (key.empty())
            continue;
        const auto owner = tls::public_key_of_private_key(key);
        if (owner)
            found.keys.try_emplace(*owner, KeyFile{.file = file, .pem = std::move(key)});
        else
            found.unusable.push_back(file);
    }
    return found;
}

// Many files, one line: "3 of the files …: FILE is the first".
void warn_of(const std::vector<std::string>& files, const std::string& what, const config::Origin& origin, config::Problems& problems)
{
    if (!files.empty())
        problems.warning(origin, "", "tls_certificate: " + std::to_string(files.size()) + " of the files that it could name " +
                                         what + "; the first is " + files.front());
}

// What tls_certificate and tls_privatekey could name: `take` gets each certificate that has its key there.
void search(const config::Settings& settings, bool is_client, config::Problems& problems, Keys& keys,
            const std::function<void(const std::string& file, const std::string& chain, std::uint32_t key)>& take)
{
    Search search;
    for (const std::string_view option : {"tls_certificate", "tls_privatekey"})
        if (settings.is_written(option))
            for (const auto& pattern : patterns_in(settings.expandable(option).text, {}))
                search.add(pattern);
    auto found = look_at(search.files());
    std::size_t taken = 0;
    std::vector<std::string> expiring;
    for (const auto& [file, chain] : found.chains) {
        const auto owner = tls::public_key_of_certificate(chain);
        const auto key = owner ? found.keys.find(*owner) : found.keys.end();
        if (key == found.keys.end())
            continue;
        auto& [key_file, pem, number] = key->second;
        if (!number) { // keyd gets no others that lie there
            number = static_cast<std::uint32_t>(keys.keys.size());
            keys.keys.push_back({"tls_privatekey " + key_file, std::move(pem), is_client});
            keys.files.push_back(key_file);
        }
        take(file, chain, *number);
        if (!expiry_of(file, chain).empty())
            expiring.push_back(file);
        keys.files.push_back(file);
        ++taken;
    }
    keys.files.insert(keys.files.end(), search.folders().begin(), search.folders().end());
    const auto& origin = settings.origin("tls_certificate");
    warn_of(found.unusable, "cannot be used (not readable, or a private key that is encrypted or damaged)", origin, problems);
    warn_of(expiring, "have expired or are about to", origin, problems);
    if (search.is_full() || found.chains.size() >= most_certificates)
        problems.warning(origin, "", "tls_certificate: there are more files than are looked at; the rest is not known");
    if (taken == 0)
        problems.error(origin, "",
                       "tls_certificate: no certificate with its private key is among the files that tls_certificate and "
                       "tls_privatekey could name; their paths, or the folder, must be written in the text");
}

}

std::string pem_parts(std::string_view pem, std::string_view label)
{
    std::string out;
    const std::string end_line = "-----END ";
    for (std::size_t at = 0; (at = pem.find("-----BEGIN ", at)) != std::string_view::npos;) {
        const auto dashes = pem.find("-----", at + 11);
        auto end = pem.find(end_line, at);
        if (dashes == std::string_view::npos || end == std::string_view::npos)
            break;
        end = pem.find("-----", end + end_line.size());
        if (end == std::string_view::npos)
            break;
        end += 5;
        if (pem.substr(at + 11, dashes - at - 11).ends_with(label))
            out.append(pem.substr(at, end - at)).append("\n");
        at = end;
    }
    return out;
}

void read_named_certificates(const config::Settings& settings, config::Problems& problems, Keys& keys)
{
    keys.are_chosen_by_name = true;
    search(settings, false, problems, keys, [&](const std::string& file, const std::string& chain, std::uint32_t key) {
        keys.server.push_back({.chain_pem = chain, .key = key, .expiry = expiry_of(file, chain), .file = file});
    });
}

void read_named_certificates(const Driver& transport, config::Problems& problems, Keys& keys)
{
    search(transport.settings, true, problems, keys, [&](const std::string& file, const std::string& chain, std::uint32_t key) {
        if (std::ranges::find(keys.client, file, &ClientCertificate::file) == keys.client.end())
            keys.client.push_back({file, chain, key});
    });
}

}
