package transport

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/url"
	"reflect"
	"strings"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/gpumarket/terraform-provider-gpumarket/internal/clients/apierr"
)

// call is one Do: the attempts of one operation.
type call struct {
	t     *Transport
	op    Op
	out   any
	began time.Time
	body  []byte
	// own are the secrets that the body holds, nil until they are needed.
	own *secrets

	attempts int
	last     attempt
	// failure is what the last attempt came to, nil for a success.
	failure *apierr.Error
	// again: another attempt follows after the pause.
	again bool
	pause time.Duration
}

// run drives the attempts with go-retryablehttp. That package waits on the
// machine's clock; it is therefore told to wait not at all, and the pause is made
// on ours when it prepares the next attempt.
func (c *call) run(ctx context.Context) *apierr.Error {
	request, failure := c.request(ctx)
	if failure != nil {
		return failure
	}
	client := &retryablehttp.Client{
		HTTPClient:   &http.Client{Transport: roundTripper(c.send), CheckRedirect: c.follow},
		RetryMax:     math.MaxInt,
		CheckRetry:   c.check,
		Backoff:      func(time.Duration, time.Duration, int, *http.Response) time.Duration { return 0 },
		PrepareRetry: func(r *http.Request) error { return c.wait(r.Context()) },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	response, err := client.Do(request)
	if response != nil {
		_ = response.Body.Close() // read whole already
	}
	switch {
	case err == nil:
	case c.failure == nil:
		// Only what precedes the first attempt leaves no failure behind.
		c.failure = c.fail(apierr.Unknown, err.Error(), err)
	case c.again:
		c.breakOff(err)
	}
	return c.failure
}

func (c *call) request(ctx context.Context) (*retryablehttp.Request, *apierr.Error) {
	target := strings.TrimRight(c.t.base.String(), "/") + c.op.Path
	if len(c.op.Query) > 0 {
		target += "?" + c.op.Query.Encode()
	}
	if !strings.HasPrefix(c.op.Path, "/") {
		return nil, c.fail(apierr.Invalid, fmt.Sprintf("the path %q does not begin with a slash", c.op.Path), nil)
	}
	var body any
	if c.op.Body != nil {
		text, err := json.Marshal(c.op.Body)
		if err != nil {
			return nil, c.fail(apierr.Invalid, "the request cannot be written as JSON", err)
		}
		c.body, body = text, text
		c.t.memory.sending(text)
	}
	request, err := retryablehttp.NewRequestWithContext(ctx, c.op.Method, target, body)
	if err != nil {
		return nil, c.fail(apierr.Invalid, "the request cannot be made", err)
	}
	request.Header.Set("Authorization", "Bearer "+c.t.config.APIKey)
	request.Header.Set("User-Agent", c.t.config.UserAgent)
	request.Header.Set("Accept", "application/json, */*;q=0.5")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

// maxRedirects is how many redirects a read follows.
const maxRedirects = 3

// errRedirect marks a redirect that is not followed.
var errRedirect = errors.New("redirect refused")

// follow keeps the key where it belongs: only reads are redirected, and only
// within the host.
func (c *call) follow(to *http.Request, via []*http.Request) error {
	from := via[0]
	switch {
	case from.Method != http.MethodGet:
		return fmt.Errorf("%w: it redirects a %s", errRedirect, from.Method)
	case !sameOrigin(to.URL, from.URL):
		return fmt.Errorf("%w: it points to another host, %s", errRedirect, Cap(to.URL.Host, 100))
	case len(via) > maxRedirects:
		return fmt.Errorf("%w: more than %d in a row", errRedirect, maxRedirects)
	}
	return nil
}

func sameOrigin(a, b *url.URL) bool {
	return a.Scheme == b.Scheme && strings.EqualFold(a.Host, b.Host)
}

// check says what the attempt came to and whether another one follows.
func (c *call) check(ctx context.Context, _ *http.Response, err error) (bool, error) {
	earlier := c.failure
	c.failure, c.again = c.judge(ctx, err)
	if c.last.refused != nil && earlier != nil && c.failure.Kind == apierr.Throttled {
		// The quota leaves no room for another attempt; what went wrong is what the
		// one before it came to.
		c.failure = earlier
		c.attempts--
	}
	if c.failure == nil {
		return false, nil
	}
	if c.again {
		c.pause = c.t.backoff(c.attempts, c.failure.RetryAfter)
		c.again = !exceeds(ctx, c.t.config.Clock.Now().Add(c.pause))
	}
	if !c.again && c.attempts > 1 {
		c.failure.Message += c.tried()
	}
	// The failure travels in c: an error here would hide it.
	return c.again, nil
}

func (c *call) tried() string {
	took := c.t.config.Clock.Now().Sub(c.began).Round(100 * time.Millisecond)
	return fmt.Sprintf(" (tried %d times in %s)", c.attempts, took)
}

// wait pauses before the next attempt.
func (c *call) wait(ctx context.Context) error { return c.t.config.Clock.Sleep(ctx, c.pause) }

// breakOff ends the call in the pause before an attempt, because its context ended.
func (c *call) breakOff(ended error) {
	if errors.Is(ended, context.DeadlineExceeded) {
		c.failure.Message += c.tried()
		c.failure.Err = errors.Join(ended, c.failure.Err)
		return
	}
	c.failure = c.fail(apierr.Unknown, "broken off while waiting to try again: "+c.failure.Message, ended)
}

// judge turns what came back into nil or a failure, and says whether such a
// failure allows another attempt.
func (c *call) judge(ctx context.Context, err error) (failure *apierr.Error, again bool) {
	reply := c.last.reply
	switch {
	case c.last.refused != nil:
		return c.refused(), false
	case reply.Status == 0:
		return c.unanswered(ctx, err)
	case errors.Is(err, errRedirect):
		failure = c.fail(apierr.Malformed, c.text(err), nil)
		return c.doubt(failure), false
	case err != nil:
		failure = c.fail(apierr.Malformed, "the answer could not be read: "+c.text(err), nil)
	default:
		failure = c.read(reply)
	}
	if failure == nil {
		return nil, false
	}
	switch failure.Kind {
	case apierr.Throttled:
		return failure, c.op.Repeat != Never
	case apierr.Unavailable, apierr.Malformed:
		return c.doubt(failure), c.op.Repeat == Safe
	default:
		return failure, false
	}
}

// read classifies an answer and decodes a good one.
func (c *call) read(reply Reply) *apierr.Error {
	raw, wantsReply := c.out.(*Reply)
	good := reply.Status >= 200 && reply.Status < 300
	if c.last.broken != nil && (!good || !wantsReply) {
		return c.fail(apierr.Malformed, "the answer was interrupted: "+c.text(c.last.broken), nil)
	}
	if failure := c.t.config.Classify(c.op, reply); failure != nil {
		return c.complete(failure, reply)
	}
	switch {
	case !good:
		return c.fail(apierr.Malformed, "the status of the answer is not known to this provider", nil)
	case wantsReply:
		*raw = reply
	case c.out != nil:
		if err := decode(reply.Body, c.out); err != nil {
			return c.fail(apierr.Malformed, "the answer is not the JSON that was expected: "+c.text(err)+c.excerpt(reply.Body), nil)
		}
	}
	return nil
}

// excerpt tells a gateway's page by its beginning. What may be the platform's own
// JSON is not quoted: it can hold an environment with its secrets.
func (c *call) excerpt(body []byte) string {
	body = bytes.TrimSpace(body)
	if len(body) == 0 || body[0] == '{' || body[0] == '[' {
		return ""
	}
	return fmt.Sprintf("; it begins %q", c.clean(string(body), 80))
}

// decode leaves out alone unless the whole text fits it, so that an attempt that
// failed leaves nothing behind for the next. An out that unmarshals itself has to
// keep to that too; in return it may refuse answers of the wrong shape.
func decode(text []byte, out any) error {
	target := reflect.ValueOf(out)
	if target.Kind() != reflect.Pointer || target.IsNil() {
		return fmt.Errorf("cannot decode into %T", out)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		return errors.New("it is empty")
	}
	if own, ok := out.(json.Unmarshaler); ok {
		// It knows what it was made for, which a fresh one would not.
		return json.Unmarshal(text, own)
	}
	fresh := reflect.New(target.Type().Elem())
	if err := json.Unmarshal(text, fresh.Interface()); err != nil {
		return err
	}
	target.Elem().Set(fresh.Elem())
	return nil
}

// unanswered is the failure of an attempt without an answer. It keeps the network's
// words, cleaned, but not its error, which may quote what the other side sent.
func (c *call) unanswered(ctx context.Context, err error) (failure *apierr.Error, again bool) {
	if ended := ctx.Err(); ended != nil {
		failure = c.fail(apierr.Unknown, "broken off before an answer came", ended)
		if c.last.sent && c.op.Repeat != Safe {
			failure.Kind = apierr.Ambiguous
		}
		return failure, false
	}
	if !c.last.sent {
		failure = c.fail(apierr.Unavailable, "no connection: "+c.text(err), nil)
		return failure, c.op.Repeat != Never
	}
	message := "no answer: " + c.text(err)
	if c.last.timedOut {
		message = fmt.Sprintf("no answer within %s", c.last.patience)
	}
	return c.doubt(c.fail(apierr.Unavailable, message, nil)), c.op.Repeat == Safe
}

// refused is the failure of an attempt in which nothing was sent.
func (c *call) refused() *apierr.Error {
	var refused *apierr.Error
	if errors.As(c.last.refused, &refused) {
		return c.complete(refused, Reply{})
	}
	return c.fail(apierr.Unknown, "broken off before it was sent", c.last.refused)
}

// doubt makes a failure that may have been a success Ambiguous, unless the
// operation can be repeated.
func (c *call) doubt(failure *apierr.Error) *apierr.Error {
	if c.op.Repeat != Safe {
		failure.Kind = apierr.Ambiguous
	}
	return failure
}

func (c *call) fail(kind apierr.Kind, message string, err error) *apierr.Error {
	return c.complete(&apierr.Error{Kind: kind, Message: message, Err: err}, c.last.reply)
}

// complete fills in what every error has, and takes the secrets out of it.
func (c *call) complete(failure *apierr.Error, reply Reply) *apierr.Error {
	done := *failure
	done.Platform, done.Op = c.t.config.Platform, c.op.Name
	if done.Status == 0 {
		done.Status = reply.Status
	}
	if done.RetryAfter == 0 {
		done.RetryAfter = retryAfter(reply.Header, c.t.config.Clock.Now())
	}
	done.Message = c.clean(done.Message, maxMessage)
	done.Code = c.clean(done.Code, maxMessage)
	done.Details = nil
	for _, detail := range failure.Details {
		done.Details = append(done.Details, c.clean(detail, maxMessage))
	}
	return &done
}

// text is the innermost account of a network error. net/http's own wrapper only
// adds the URL, and a redirect's URL is not ours.
func (c *call) text(err error) string {
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	return c.clean(err.Error(), 200)
}

// clean makes one short line of a platform's words, without the secrets of this
// request and of all that the transport knows of. It is the one place where that is
// done; what is short and in order already costs nothing.
func (c *call) clean(text string, most int) string {
	if c.own == nil {
		c.own = &secrets{}
		for _, secret := range secretsOf(c.body) {
			c.own.add(secret, shortest)
		}
	}
	// A long text is cut first. Where that went through a secret, what is left of it
	// is behind the last one that was found whole, or beyond what is told.
	whole := len(text) <= most+maxSearched
	if !whole {
		text = text[:most+maxSearched]
	}
	text = c.t.Clean(c.own.redact(redactText(text)))
	if at := strings.LastIndex(text, masked); !whole && len(text) <= most && at >= 0 {
		text = text[:at+len(masked)] + "…"
	}
	return Cap(strings.Join(strings.Fields(text), " "), most)
}

// Clean takes out of a text the secrets that this transport has sent, that it was
// told of with [Transport.Hide], and its key.
func (t *Transport) Clean(text string) string { return t.memory.redact(text) }

// Hide makes the transport take further secrets out of all that it tells: those that
// a platform keeps although nothing here sends them any more, as the former values
// of variables. Texts of less than four bytes are not taken for secrets.
func (t *Transport) Hide(secrets ...string) { t.memory.hide(secrets) }
