package store

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// FromURL returns the options with those of the names that stand in the query of the option "url", where they are
// options of the store and not of its client: an application that is told of a store by a URL alone can set all of them.
// The rest of the URL stays as it is. Where there is no such URL, the options are returned as they are. An option that
// stands in both places, or twice, is an error, which holds nothing of the URL but the option's name.
func (o BackendOptions) FromURL(names ...string) (BackendOptions, error) {
	address, ok := o["url"].(string)
	before, query, found := strings.Cut(address, "?")
	if !ok || !found {
		return o, nil
	}
	taken := BackendOptions{}
	var rest []string
	for part := range strings.SplitSeq(query, "&") {
		name, text, _ := strings.Cut(part, "=")
		if !slices.Contains(names, name) {
			rest = append(rest, part)
			continue
		}
		value, err := url.QueryUnescape(text)
		if err != nil {
			return nil, fmt.Errorf("backend option %q in the url cannot be read: special letters are written as %%XX", name)
		}
		if _, twice := taken[name]; twice || o[name] != nil {
			return nil, fmt.Errorf("backend option %q is there twice: once is in the url", name)
		}
		taken[name] = value
	}
	all := maps.Clone(o)
	maps.Copy(all, taken)
	if all["url"] = before; len(rest) > 0 {
		all["url"] = before + "?" + strings.Join(rest, "&")
	}
	return all, nil
}
