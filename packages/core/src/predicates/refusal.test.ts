import { expect, test } from 'vitest'
import { type Answer, refusalIn, refusalInUrl, showsCaptcha } from './refusal.ts'

const answer = (body: string | object, more: Partial<Answer> = {}): Answer => ({
  url: 'https://site.test/register',
  contentType: typeof body === 'string' ? 'text/html; charset=utf-8' : 'application/json',
  body: typeof body === 'string' ? body : JSON.stringify(body),
  ...more,
})

/** A form that is shown again, with a message above it or none. */
const page = (
  message = '',
  lang = 'en',
) => `<!doctype html><html lang="${lang}"><head><title>Captcha failed - Register</title>
<style>.nav{color:red}</style><script>var messages={captcha_invalid:"The captcha is invalid",captcha_ok:"Captcha correct"}</script></head>
<body class="register error-free"><header><a href="/">Home</a> <a href="/help">Captcha failed? Try again</a></header><main><h1>Register</h1>${message}
<form method="post"><label for="u">Name</label><input name="u" id="u"><label for="c">Captcha *</label><p class="form-text">Enter the captcha.</p>
<input name="captcha" placeholder="Captcha is required" data-error-message="captcha invalid"><button>Send</button></form></main>
<footer>This site is protected by reCAPTCHA and the Google <a href="#">Privacy Policy</a> and <a href="#">Terms of Service</a> apply.</footer></body></html>`

/** The messages of frameworks, plugins, wikis and forums, by language. */
const messages: readonly (readonly [language: string, ...messages: string[]])[] = [
  [
    'en',
    'Incorrect or missing CAPTCHA.', // MediaWiki, ConfirmEdit
    'Captcha value is wrong: 7fk2p', // Laminas
    'Failed to validate captcha',
    'The hCaptcha is invalid.', // hCaptcha for WordPress
    'The reCAPTCHA response is no longer valid. It may have expired or been reused.', // OpenCart
    'The CAPTCHA token has expired or was already used. Please try again.', // Filament Turnstile
    'Robot verification failed, please try again.',
    'Sorry, you failed the CAPTCHA. Please try again.', // Woost
    "We couldn't verify that you're a human.", // Formbricks
    'Error verifying reCAPTCHA, please try again.', // django-recaptcha
    'Invalid CAPTCHA', // django-simple-captcha
    'reCAPTCHA score is too low.',
  ],
  [
    'zh-Hans',
    '验证码错误或丢失。',
    '验证码校验失败',
    '图形验证码错误或已过期',
    '人机验证失败，请刷新后重试',
    '验证码不匹配: 7fk2p',
  ],
  [
    'zh-Hant',
    '驗證碼錯誤或遺失。',
    '驗證碼校驗失敗',
    '您提供的 reCAPTCHA 回應無效或格式錯誤。',
    '真人驗證失敗，請再試一次',
  ],
  [
    'es',
    'Falta el código CAPTCHA, o éste es incorrecto.',
    'La validación del captcha falló',
    'El valor del captcha es erróneo: 7fk2p',
    'La respuesta de reCAPTCHA ya no es válida. Puede haber expirado o haberse reutilizado.',
    'Lo sentimos, el CAPTCHA es erroneo. Por favor inténtelo de nuevo.',
  ],
  [
    'de',
    'Falsches oder fehlendes CAPTCHA.',
    'Die Prüfung des Captchas ist fehlgeschlagen',
    'Der Captcha-Wert 7fk2p ist falsch',
    'Die reCAPTCHA-Antwort ist nicht mehr gültig. Sie könnte abgelaufen sein.',
    'Die angegebene reCAPTCHA-Antwort ist ungültig oder falsch formatiert.',
    'Der eingegebene Sicherheitscode ist falsch.',
  ],
  [
    'fr',
    'CAPTCHA erroné ou manquant.',
    'Échec lors de la validation du captcha',
    'La réponse reCAPTCHA n’est plus valide. Elle a peut-être expiré ou été réutilisée.',
    'Vérification anti-robot échouée, merci de cocher la case et réessayer.',
    'La réponse reCAPTCHA fournie est mal formatée ou non valide.',
  ],
  [
    'ja',
    'CAPTCHA が正しくない、または入力されていません。',
    'キャプチャの検証に失敗しました',
    'キャプチャの値が間違っています: 7fk2p',
    'reCAPTCHA レスポンスの期限が切れているか、既に送信されています。',
    '画像認証の文字が正しくありません。',
  ],
  [
    'ru',
    'Captcha не прошла проверку',
    'Неверно введён код с картинки',
    'Ответ reCAPTCHA больше недействителен. Возможно, он истёк или был повторно использован.',
    'Капча введена неверно',
    'Не корректное значение captcha: 7fk2p',
    'Контрольная комбинация неверна или не введена.',
  ],
  [
    'pt',
    'Código CAPTCHA incorreto ou não preenchido.',
    'A validação do captcha falhou',
    'Valor do captcha está errado: 7fk2p',
    'O captcha não confere, por favor digite de novo.',
  ],
  [
    'it',
    'Il valore del Captcha è sbagliato: 7fk2p',
    'Validazione del captcha fallito',
    'La risposta reCAPTCHA non è più valida. Potrebbe essere scaduta o riutilizzata.',
    'Il codice di sicurezza inserito è errato.',
  ],
  [
    'nl',
    'De CAPTCHA ontbreekt of is onjuist.',
    'Captcha validatie is mislukt',
    'De ingevoerde beveiligingscode is onjuist.',
  ],
  [
    'pl',
    'Wartość captcha jest niepoprawna: 7fk2p',
    'Błąd podczas sprawdzania captcha',
    'Odpowiedź reCAPTCHA jest już nieważna. Mogła wygasnąć lub zostać ponownie użyta.',
    'Nieprawidłowy kod z obrazka.',
  ],
  [
    'tr',
    'Hatalı ya da eksik CAPTCHA.',
    'Captcha doğrulaması başarısız oldu',
    'reCAPTCHA metnini yanlış girdiniz.', // CodeIgniter Aauth
    'Güvenlik kodunu yanlış girdiniz.',
  ],
  [
    'ko',
    'CAPTCHA가 올바르지 않거나 입력되지 않았습니다.',
    '자동등록방지 숫자가 일치하지 않습니다. 다시 확인해주세요.',
    '자동등록방지 코드가 만료되었습니다.',
    '보안문자를 잘못 입력하셨습니다.',
  ],
  [
    'vi',
    'CAPTCHA bị thiếu hoặc không chính xác.',
    'Mã CAPTCHA không đúng. Vui lòng thử lại.',
    'Xác minh mã Captcha không thành công, vui lòng kiểm tra lại.',
  ],
  ['id', 'Kode CAPTCHA salah atau belum diisi.', 'Gagal memvalidasi captcha', 'Kode captcha salah, silakan coba lagi.'],
  [
    'ar',
    'كابتشا غير صحيحة أو مفقودة.',
    'فشل في التحقق من صحة كلمة التحقق',
    'استجابة reCAPTCHA لم تعد صالحة. ربما تكون قد انتهت صلاحيتها.',
    'الرد المطلوب للتحقق من Captcha غير صالح أو انتهت صلاحيته.', // laravel-cloudflare-turnstile
  ],
  ['fa', 'کپچا نادرست یا ناموجود است.', 'کد امنیتی اشتباه است', 'کپچا نامعتبر یا منقضی شده است.'],
  [
    'cs',
    'Captchu se nepodařilo ověřit',
    'Hodnota captchy není správná: 7fk2p',
    'Odpověď na reCAPTCHA již není platná. Mohla vypršet nebo být znovu použita.',
    'Opsaný kód z obrázku je chybný.',
  ],
  ['sv', 'Felaktig eller saknad CAPTCHA.', 'Misslyckades att validera captcha', 'Captchavärdet är felaktigt: 7fk2p'],
  ['uk', 'Неправильна або відсутня капча.', 'Captcha не пройшла перевірку', 'Неправильне значення captcha: 7fk2p'],
  ['hu', 'Hibás vagy hiányzó CAPTCHA.', 'Captcha érték hibás: 7fk2p', 'A reCAPTCHA válasz már nem érvényes.'],
]

test.each(messages.flatMap(([language, ...all]) => all.map((message) => [language, message] as const)))(
  '%s: a page and a call that say: %s',
  (language, message) => {
    const shown = refusalIn(
      answer(page(`<div class="alert alert-danger" role="alert"><p>${message}</p></div>`, language)),
    )
    expect(shown).toMatch(/^".+ … .+" \(.+\)$/)
    expect(refusalIn(answer({ success: false, message }))).toBe(shown)
    expect(refusalIn(answer({ errors: { captcha: [message] } }))).toBeDefined()
    expect(refusalIn(answer(page('', language)))).toBeUndefined()
  },
)

test.each(messages.map(([language]) => [language] as const))(
  '%s: one of its own sentences is found in its own row',
  (language) => {
    const all = messages.find(([name]) => name === language)?.slice(1) ?? []
    expect(all.some((message) => refusalIn(answer({ error: message }))?.endsWith(`(${language})`))).toBe(true)
  },
)

const refusedInJson: readonly (readonly [kind: string, body: object])[] = [
  ['siteverify passed through', { success: false, 'error-codes': ['invalid-input-response'] }],
  ['a token used twice', { success: false, 'error-codes': ['timeout-or-duplicate'] }],
  ['hCaptcha: already seen', { success: false, 'error-codes': ['already-seen-response'] }],
  ['hCaptcha: already seen, as it was', { success: false, 'error-codes': ['invalid-or-already-seen-response'] }],
  ['hCaptcha: expired', { success: false, 'error-codes': ['expired-input-response'] }],
  ['reCAPTCHA v1', { error: 'incorrect-captcha-sol' }],
  ['camel case', { errorCodes: ['INVALID_INPUT_RESPONSE'] }],
  ['Discord', { captcha_key: ['invalid-input-response'], captcha_sitekey: '4c67', captcha_service: 'hcaptcha' }],
  ['reCAPTCHA Enterprise', { tokenProperties: { valid: false, invalidReason: 'EXPIRED' } }],
  ['reCAPTCHA Enterprise, used twice', { error: { details: { tokenProperties: { invalidReason: 'DUPE' } } } }],
  ['Arkose', { session_details: { solved: false, session: 'x' } }],
  ['Friendly Captcha v1, used twice', { success: false, errors: ['solution_timeout_or_duplicate'] }],
  ['GeeTest v4', { status: 'success', result: 'fail', reason: 'pass_token expire' }],
  [
    'Supabase',
    { code: 400, error_code: 'captcha_failed', msg: 'captcha protection: request disallowed (timeout-or-duplicate)' },
  ],
  [
    'Firebase',
    {
      error: {
        code: 400,
        message: 'CAPTCHA_CHECK_FAILED',
        errors: [{ message: 'CAPTCHA_CHECK_FAILED', domain: 'global', reason: 'invalid' }],
      },
    },
  ],
  ['Firebase by its SDK', { error: { code: 'auth/captcha-check-failed' } }],
  ['Identity Platform', { error: { message: 'INVALID_RECAPTCHA_TOKEN' } }],
  [
    'Epic',
    {
      errorCode: 'errors.com.epicgames.accountportal.captcha_invalid',
      message: 'Incorrect response. Please refresh the page.',
    },
  ],
  ['SecurityTrails', { captcha_error: 'CAPTCHA_INVALID' }],
  ['pr0gramm', { error: 'invalidCaptcha', success: false }],
  ["a pointer to the captcha's field", { errors: [{ source: { pointer: '/form/captcha' }, detail: 'is invalid' }] }],
  ['a pointer by its own', { errors: [{ instancePath: '/captcha_token', message: 'is invalid' }] }],
  ['a path in brackets', { errors: [{ path: 'login[captcha]', message: 'is invalid' }] }],
  ['a key in camel case', { errors: { loginForm: { captchaCode: 'is invalid' } } }],
  ['a bare word', { error: 'captcha' }],
  ['a bare word in a list', { errors: ['recaptcha'] }],
  ['Express', { success: false, message: 'CAPTCHA verification failed. Please try again.' }],
  ['NestJS', { statusCode: 400, message: 'Captcha is invalid', error: 'Bad Request' }],
  ['NestJS, many', { statusCode: 400, message: ['captcha must be valid', 'invalid captcha'], error: 'Bad Request' }],
  ['FastAPI', { detail: 'reCAPTCHA verification failed' }],
  ['FastAPI, a list', { detail: [{ loc: ['body', 'captcha_token'], msg: 'invalid captcha', type: 'value_error' }] }],
  ['Django REST framework', { captcha: ['Error verifying reCAPTCHA, please try again.'] }],
  ['Django REST framework, the field alone', { 'g-recaptcha-response': ['This value is not valid.'] }],
  ['Django REST framework, not found', { captcha: ['This field is required.'] }],
  ['Django by ajax', { form: { fields: { captcha: { errors: ['Invalid CAPTCHA'] } }, errors: [] } }],
  [
    'Laravel',
    {
      message: 'The given data was invalid.',
      errors: { 'g-recaptcha-response': ['The recaptcha verification failed.'] },
    },
  ],
  [
    'Laravel, the rule alone',
    {
      message: 'The given data was invalid.',
      errors: { captcha: ['validation.captcha', 'The captcha field is invalid.'] },
    },
  ],
  [
    'Laravel, required',
    {
      message: 'The given data was invalid.',
      errors: { 'cf-turnstile-response': ['The cf-turnstile-response field is required.'] },
    },
  ],
  ['Rails', { errors: { captcha: ['is invalid'] } }],
  ['Rails, full messages', { errors: ['reCAPTCHA verification failed, please try again.'] }],
  [
    'Symfony',
    {
      type: 'https://symfony.com/errors/validation',
      title: 'Validation Failed',
      violations: [{ propertyPath: 'captcha', title: 'This value is not a valid captcha.' }],
    },
  ],
  ['Symfony, the field alone', { violations: [{ propertyPath: 'recaptcha', message: 'This value is not valid.' }] }],
  [
    'express-validator',
    { errors: [{ type: 'field', msg: 'Invalid value', path: 'g-recaptcha-response', location: 'body' }] },
  ],
  [
    'JSON:API',
    {
      errors: [
        {
          status: '422',
          source: { pointer: '/data/attributes/captcha' },
          title: 'Invalid Attribute',
          detail: 'Captcha is incorrect',
        },
      ],
    },
  ],
  [
    'a problem by RFC 9457',
    { type: 'https://api.test/problems/captcha-invalid', title: 'Captcha invalid', status: 400 },
  ],
  [
    'GraphQL',
    {
      data: null,
      errors: [{ message: 'Captcha verification failed', path: ['login'], extensions: { code: 'CAPTCHA_INVALID' } }],
    },
  ],
  [
    'a problem with a URL as its type',
    {
      type: 'https://httpstatuses.io/400',
      title: 'Bad Request',
      status: 400,
      errors: { captcha: ['Captcha is invalid'] },
    },
  ],
  ['GraphQL by user errors', { data: { signUp: { userErrors: [{ message: 'Captcha is invalid' }] } } }],
  ['GraphQL by payload', { data: { login: { ok: false, errors: [{ field: 'captcha', message: 'is incorrect' }] } } }],
  [
    'ASP.NET',
    {
      title: 'One or more validation errors occurred.',
      status: 400,
      errors: { Captcha: ['The captcha code you entered is wrong.'] },
    },
  ],
  ['Spring', { timestamp: 1, status: 400, error: 'Bad Request', message: 'Captcha validation failed', path: '/login' }],
  ['ThinkPHP', { code: 0, msg: '验证码错误', data: '', url: '', wait: 3 }],
  ['RuoYi', { code: 500, msg: '验证码已失效' }],
  ['a table', { state: -1, msg: '图形验证码错误！' }],
  ['Discuz', { Message: { messageval: 'submit_seccode_invalid', messagestr: '抱歉，验证码填写错误' } }],
  ['Jira', { errorMessages: [], errors: { captcha: 'The CAPTCHA you entered is incorrect' } }],
  ['MediaWiki', { error: { code: 'captcha-createaccount-fail', info: 'Incorrect or missing CAPTCHA.' } }],
  [
    'MediaWiki, clientlogin',
    {
      clientlogin: {
        status: 'FAIL',
        message: 'Incorrect or missing CAPTCHA.',
        messagecode: 'captcha-createaccount-fail',
      },
    },
  ],
  ['WordPress ajax', { success: false, data: 'Captcha is incorrect.' }],
  [
    'WordPress ajax, an object',
    { success: false, data: { message: 'The reCAPTCHA was invalid. Go back and try it again.' } },
  ],
  ['WordPress REST', { code: 'captcha_verification_failed', message: 'Sorry.', data: { status: 403 } }],
  ['WP_Error', { success: false, data: [{ code: 'invalid_captcha', message: 'Error' }] }],
  [
    'Contact Form 7',
    {
      status: 'validation_failed',
      message: 'One or more fields have an error.',
      invalid_fields: [{ field: 'captcha-170', message: 'Your entered code is incorrect.', idref: null }],
    },
  ],
  [
    'Elementor',
    {
      success: false,
      data: {
        message: 'Your submission failed because of an error.',
        errors: { field_captcha: 'The Captcha validation failed, invalid response' },
        data: [],
      },
    },
  ],
  [
    'WooCommerce',
    {
      result: 'failure',
      messages: '<ul class="woocommerce-error" role="alert"><li>Captcha verification failed.</li></ul>',
      refresh: false,
      reload: false,
    },
  ],
  ['HTML in JSON', { html: '<div class="form-error">Incorrect captcha</div>' }],
  [
    'Drupal ajax',
    [
      { command: 'settings', settings: { captcha: 'invalid' } },
      {
        command: 'insert',
        method: 'replaceWith',
        data: '<div class="messages messages--error">The answer you entered for the CAPTCHA was not correct.</div>',
      },
    ],
  ],
  [
    'Livewire',
    {
      components: [
        {
          snapshot: JSON.stringify({ data: {}, memo: { errors: { captcha: ['The captcha is invalid.'] } } }),
          effects: { html: '<div></div>' },
        },
      ],
    },
  ],
  ['a flag', { ok: false, captchaValid: false }],
  ['a flag inside', { captcha: { success: false } }],
  ['deep', { data: { result: { details: { response: { error: { reason: 'Captcha expired' } } } } } }],
  ['robot', { error: 'We could not verify that you are not a robot.' }],
  ['Turnstile', { error: 'Turnstile verification failed' }],
  ['snake case', { error_code: 'invalid_captcha_token' }],
  ['a status', { status: 'captcha_incorrect' }],
  ['hCaptcha code', { code: 'HCAPTCHA_VALIDATION_FAILED' }],
  ['alerts', { alerts: [{ type: 'error', text: 'Wrong captcha' }] }],
  ['a text of an error', { type: 'error', text: 'The captcha you entered does not match' }],
]

test.each(refusedInJson)('JSON that refuses: %s', (_, body) => {
  expect(refusalIn(answer(body))).toEqual(expect.any(String))
})

const refusedInHtml: readonly (readonly [kind: string, body: string, contentType?: string])[] = [
  ['nothing else', 'Captcha incorrect'],
  ['a short page', '<html><body><h1>Captcha verification failed</h1><p>Go back.</p></body></html>'],
  ['an old script', '<html><body><font color="red">Wrong captcha code!</font><form></form></body></html>'],
  ['a style', page('<p style="color: #ff0000">The captcha was wrong</p>')],
  ['a table cell', page('<table><tr><td class="errors">Invalid captcha</td></tr></table>')],
  ['a line of several', page('<div class="errors">Name is taken.<br>Captcha is incorrect.<br></div>')],
  [
    'a list of several',
    page('<ul class="errorlist"><li>Enter a valid email address.</li><li>The captcha is wrong</li></ul>'),
  ],
  ['words in bold', page('<div class="error"><b>CAPTCHA</b> is <i>incorrect</i></div>')],
  ['entities', page('<div class="error">Die Captcha-Pr&uuml;fung ist fehl&shy;geschlagen: ung&uuml;ltig</div>')],
  ['numeric entities', page('<div class="error">CAPTCHA &#1085;&#1077;&#1074;&#1077;&#1088;&#1085;&#1072;</div>')],
  [
    'WooCommerce',
    page('<ul class="woocommerce-error" role="alert"><li><strong>Error:</strong> Please solve the captcha.</li></ul>'),
  ],
  [
    'wp-login',
    '<body class="login"><div id="login_error" class="notice notice-error"><p><strong>Error:</strong> The Captcha is invalid.</p></div></body>',
  ],
  [
    'Contact Form 7',
    '<article class="post"><div class="wpcf7"><span class="wpcf7-not-valid-tip">Your captcha is incorrect.</span><div class="wpcf7-response-output error">The captcha is incorrect.</div></div></article>',
  ],
  [
    'Bootstrap 5',
    page(
      '<input name="captcha" class="form-control is-invalid"><div class="invalid-feedback">The captcha is invalid.</div>',
    ),
  ],
  [
    'Bootstrap 3',
    page(
      '<div class="form-group has-error"><input name="captcha"><span class="help-block">The captcha is incorrect.</span></div>',
    ),
  ],
  [
    'Yii',
    page(
      '<div class="form-group field-contactform-captcha has-error"><label>Code</label><div class="help-block">The code is incorrect.</div></div>',
    ),
  ],
  ['Django', page('<ul class="errorlist" id="id_captcha_error"><li>This field is required.</li></ul>')],
  [
    'Drupal',
    page(
      '<div class="messages messages--error" role="alert">The answer you entered for the CAPTCHA was not correct.</div>',
    ),
  ],
  [
    'Joomla',
    page(
      '<joomla-alert type="danger" role="alert"><div class="alert-message">The CAPTCHA was incorrect.</div></joomla-alert>',
    ),
  ],
  ['phpBB', page('<dl><dd class="error">The visual confirmation code you submitted was incorrect.</dd></dl>')],
  ['WoltLab', page('<small class="innerError">Please confirm that you are not a robot.</small>')],
  ['ASP.NET', page('<span class="field-validation-error" data-valmsg-for="Captcha">The value is wrong.</span>')],
  ['Magento', page('<div class="message-error error message"><div>Incorrect CAPTCHA.</div></div>')],
  [
    'PrestaShop',
    page('<div class="alert alert-danger"><ul><li>Please validate the captcha field: captcha invalid</li></ul></div>'),
  ],
  ['OpenCart', page('<div class="text-danger">Verification code does not match the image: wrong captcha</div>')],
  ['MODX', page('<p class="error">ReCAPTCHA: incorrect-captcha-sol</p>')],
  ['Keycloak', page('<span class="kc-feedback-text alert-error">Invalid Recaptcha</span>')],
  ['Devise', page('<div id="flash_alert">reCAPTCHA verification failed, please try again.</div>')],
  ['a link to go back', page('<div class="error">Incorrect captcha. <a href="/">Try again</a></div>')],
  ['two classes, unclosed', '<p class=error>Captcha is invalid<p>Go back'],
  [
    'XHTML of JSF',
    '<?xml version="1.0"?><partial-response><changes><update id="f"><![CDATA[<span class="ui-messages-error">Captcha is invalid</span>]]></update></changes></partial-response>',
    'text/xml',
  ],
  [
    'XML',
    '<?xml version="1.0"?><response><status>error</status><code>captcha_invalid</code></response>',
    'application/xml',
  ],
  [
    'SOAP',
    '<s:Envelope xmlns:s="x"><s:Body><s:Fault><faultstring>Captcha validation failed</faultstring></s:Fault></s:Body></s:Envelope>',
    'text/xml',
  ],
  ['a fragment of HTMX', '<div id="form-messages" class="alert-error">Captcha failed</div>'],
  [
    'Turbo',
    '<turbo-stream action="replace" target="f"><template><div class="error">Captcha is incorrect</div></template></turbo-stream>',
    'text/vnd.turbo-stream.html',
  ],
  [
    'React rows',
    '0:["$@1",["x",null]]\n1:{"success":false,"error":"Captcha verification failed"}\n',
    'text/x-component',
  ],
  ['events', 'event: error\ndata: {"error":"captcha_invalid"}\n\n', 'text/event-stream'],
  [
    'events with HTML',
    'event: datastar-patch-elements\ndata: elements <div class="error">Wrong captcha</div>\n\n',
    'text/event-stream',
  ],
  [
    'gRPC-web',
    '\u0080\u0000\u0000\u0000/grpc-status:7\r\ngrpc-message:captcha%20rejected\r\n',
    'application/grpc-web+proto',
  ],
  ['JSON lines', '{"progress":1}\n{"error":"Invalid captcha"}', 'application/x-ndjson'],
  ['JSONP', 'cb({"error":"Invalid captcha"});', 'text/javascript'],
  ['JSON behind a guard', ')]}\',\n{"error":"Invalid captcha"}', 'application/json'],
  ['JSON as text', '{"error":"Invalid captcha"}', 'text/html'],
  ['a string of JSON', '"Invalid captcha"', 'application/json'],
  ['JSON as x-json', '{"error":"Invalid captcha"}', 'application/x-json'],
  ['plain text', 'Error: captcha is invalid', 'text/plain'],
  ['a code as plain text', 'captcha_invalid', 'text/plain'],
  ['no type', 'captcha verification failed', ''],
]

test.each(refusedInHtml)('a body that refuses: %s', (_, body = '', contentType = 'text/html') => {
  expect(refusalIn(answer(body, { contentType }))).toEqual(expect.any(String))
})

const innocentJson: readonly (readonly [kind: string, body: object])[] = [
  ['a success', { success: true, captcha: { score: 0.9, action: 'login' } }],
  ['a success with words', { success: true, message: 'Login ok', messages: { captcha_invalid: 'Captcha invalid' } }],
  ['no errors', { errors: [], captcha: 'ok' }],
  ['a success of siteverify', { success: true, challenge_ts: 'x', hostname: 'h', score: 0.9, 'error-codes': [] }],
  ['a score', { score: 0.1, action: 'login' }],
  ['not required', { captcha_required: false }],
  ['required, as a code', { error: 'captcha_required' }],
  ['required, in capitals', { code: 'CAPTCHA_REQUIRED', status: 403 }],
  ['required, in two words', { error: 'Captcha required' }],
  [
    'VK',
    {
      error: {
        error_code: 14,
        error_msg: 'Captcha needed',
        captcha_sid: '1',
        captcha_img: 'https://x.test/captcha.php?sid=1',
      },
    },
  ],
  ['Discord, the first time', { captcha_key: ['captcha-required'], captcha_sitekey: 'x', captcha_service: 'hcaptcha' }],
  [
    'Steam',
    { success: false, captcha_needed: true, captcha_gid: '12', message: 'The account name or password is incorrect.' },
  ],
  [
    'MediaWiki, a further step',
    {
      clientlogin: {
        status: 'UI',
        messagecode: 'captcha-login-required',
        message: 'An additional verification step is required. Please submit the form again.',
      },
    },
  ],
  ['the site has no secret', { success: false, 'error-codes': ['missing-input-secret'] }],
  // The token was in a field that the site does not read, which says nothing about the token.
  ['no token arrived', { success: false, 'error-codes': ['missing-input-response'] }],
  [
    'the site has a wrong secret',
    { success: false, 'error-codes': ['invalid-input-secret', 'invalid-input-response'] },
  ],
  ['the site calls it wrongly', { success: false, 'error-codes': ['bad-request'] }],
  ['the vendor fails', { success: false, 'error-codes': ['internal-error'] }],
  [
    'Supabase with a wrong secret',
    { error_code: 'captcha_failed', msg: 'captcha protection: request disallowed (invalid-input-secret)' },
  ],
  ['another site key', { 'error-codes': ['sitekey-secret-mismatch'] }],
  ['outage', { error: 'captcha service unavailable, could not verify, try later' }],
  ['outage, as a code', { error: 'captcha_service_unavailable' }],
  ['outage of a theme', { message: 'CAPTCHA verification is temporarily unavailable. Please try again later.' }],
  ['not set up', { message: 'CAPTCHA is not properly configured. Please contact support.' }],
  ['internal error', { error: 'CAPTCHA verification failed due to internal error: http' }],
  ['network', { error: 'Could not connect to the captcha server, verification failed' }],
  ['not loaded', { error: 'The captcha failed to load' }],
  ['a wrong password', { errors: { password: ['is incorrect'] } }],
  ['a wrong password, in words', { success: false, message: 'Wrong user name or password.' }],
  ['a wrong password with captcha next', { success: false, message: 'Invalid password, please solve the captcha' }],
  ['either', { error: 'Invalid username, password or captcha' }],
  ['a taken name', { errors: { username: ['has already been taken'] } }],
  ['an expired form', { message: 'CSRF token mismatch.' }],
  ['an expired session', { error: 'Your session has expired, please solve the captcha again' }],
  ['a rate limit', { error: 'Too many attempts. Please complete the captcha.' }],
  ['a rate limit in words', { message: 'Too many failed captcha attempts, try again later' }],
  ['an e-mail code', { error: 'The verification code is incorrect' }],
  ['an SMS code', { code: 400, msg: '短信验证码错误' }],
  ['an SMS code by its field', { code: 400, msg: '验证码错误', field: 'smsCode' }],
  ['an e-mail code in Chinese', { code: 400, msg: '邮箱验证码错误' }],
  ['2FA', { error: 'Invalid two-factor code' }],
  ['a CVV', { errors: { cvv: ['Security code is invalid'] } }],
  ['a CVV in Spanish', { error: 'El código de seguridad de la tarjeta es incorrecto (CVV)' }],
  ['a coupon', { error: 'Invalid coupon code' }],
  ['a schema', { required: ['captcha'], properties: { captcha: { type: 'string', error: 'invalid captcha' } } }],
  ['a schema of fields', { fields: [{ name: 'captcha', required: true, message: 'Captcha is required' }] }],
  ['rules of a form', { rules: { captcha: { message: 'Captcha is invalid' } } }],
  ['i18n', { i18n: { errors: { captcha: 'The captcha is invalid' } } }],
  [
    'i18n, flat',
    {
      messages: {
        'captcha.invalid': 'The captcha is invalid',
        'captcha.expired': 'The captcha has expired',
        'captcha.failed': 'Captcha failed',
      },
    },
  ],
  ['translations', { locale: 'en', translations: { captcha_error: 'Captcha error', error: 'captcha invalid' } }],
  ['config', { config: { captcha: { provider: 'hcaptcha', errorMessage: 'Captcha failed' } } }],
  ['a captcha to solve', { captcha: { id: 'x', image: 'data:', type: 'image' } }],
  ['a captcha by its kind', { type: 'captcha', next: '/captcha' }],
  ['what was posted, told back', { captcha: 'P1_abc', user: 'ada' }],
  ['a product', { results: [{ title: 'Robot', description: 'A robot. Captcha invalid? No.' }] }],
  ['a search', { results: [{ title: 'Captcha failed: what to do', message: 'Captcha invalid' }] }],
  ['posts', { posts: [{ message: 'captcha is wrong again', body: '<p class="error">captcha invalid</p>' }] }],
  ['comments', { comments: [{ message: 'I get captcha incorrect' }] }],
  ['a chat', { from: 'bob', text: 'captcha invalid' }],
  ['a log', { log: [{ message: 'captcha failed' }] }],
  ['a failure that is another', { success: false, message: 'Out of stock' }],
  ['nothing but false', { success: false }],
  ['human', { human: false }],
  ['errors without words', { errors: { name: ['is invalid'] }, captcha: null }],
  ['a URL of a captcha', { error: { captcha_url: '/captcha/wrong.png' } }],
  ['a help text', { help: 'The captcha is invalid after two minutes', error: null }],
  ['a question', { message: 'Captcha failed? Reload the page.' }],
  ['a condition', { message: 'If the captcha is wrong, reload the page.' }],
  ['a robot that is none', { error: 'Robot arm offline: calibration failed' }],
  ['a ticket', { error: 'Ticket invalid at this turnstile' }],
  ['verified', { message: 'Captcha verified' }],
  ['solved', { captcha: { verified: false, required: false } }],
  ['a number', { error: 42, code: 1020 }],
  ['settings that failed', { error: { message: 'reCAPTCHA site key is invalid' } }],
  ['a login wall', { error: 'login_required', loginUrl: '/login?error=captcha' }],
  [
    'another field of the same form',
    { errors: { email: ['is invalid'], name: ["can't be blank"] }, form: { captcha: 'x' } },
  ],
  ['an approval', { status: 'ok', reason: 'captcha_failed_before' }],
  [
    'password of a field beside',
    {
      errors: [
        { field: 'password', message: 'is invalid' },
        { field: 'email', message: 'is invalid' },
      ],
      captcha: true,
    },
  ],
  ['analytics', { event: 'captcha_failed', id: 7 }],
  [
    'Spring, at a path named after it',
    { status: 401, error: 'Unauthorized', message: 'Invalid credentials', path: '/api/auth/captchaLogin' },
  ],
  [
    'Spring, at a path of its own',
    { status: 400, error: 'Bad Request', message: 'Bad credentials', path: '/api/captcha/token' },
  ],
  ['a source by URL', { success: false, message: 'Invalid value', source: 'https://site.test/captcha' }],
  ['a GraphQL call', { errors: [{ message: 'Invalid credentials', path: ['loginWithCaptcha'] }] }],
  ['the payload of a GraphQL call', { data: { captchaLogin: { errors: [{ message: 'is invalid' }] } } }],
  ["an exam's codes", { errors: ['solution_invalid'] }],
  ['an expired survey', { error: 'response_timeout' }],
  ['a survey sent twice', { error: { error_code: 'response_duplicate' } }],
  ['a timeout', { error: 'captcha_timeout' }],
  ['an anti-spam filter', { error: 'Message rejected by our anti-spam filter' }],
  ['an anti-spam check', { error: 'Anti-spam check failed.' }],
  ['a human', { error: 'Failed to assign a human agent' }],
  ['an image', { error: 'Image verification failed: the file is no JPEG' }],
  ['bot detection', { error: 'Access denied by bot detection' }],
  ['GraphQL of a wrong query', { errors: [{ message: 'Variable "$captcha" got invalid value 7; expected String' }] }],
  ['a wrong body', { error: 'JSON parse error near captcha: invalid token' }],
  ['a wrong site key', { error: 'invalid_captcha_key' }],
  ['a captcha by another provider', { error: 'invalid captcha provider' }],
  ['a new captcha', { success: false, message: 'Email already exists', newCaptcha: { image: 'x', invalid: false } }],
  ['what a form would say', { captcha: { label: 'Captcha', invalid: 'Captcha is invalid', valid: 'ok' } }],
  ['what a page would say', { blocks: [{ captchaErrorMessage: 'Captcha failed', successMessage: 'Thanks' }] }],
  ['settings of a form', { formSettings: { recaptcha: { errorMessage: 'reCAPTCHA verification failed' } } }],
  [
    'Enterprise, a low score',
    { tokenProperties: { valid: true, invalidReason: 'INVALID_REASON_UNSPECIFIED' }, riskAnalysis: { score: 0.1 } },
  ],
  ['a default', { default: { captcha: ['enter it'] } }],
  ['a list of codes', { errorCodes: ['captcha_invalid', 'captcha_expired', 'captcha_failed', 'name_taken'] }],
]

test.each(innocentJson)('JSON that refuses no captcha: %s', (_, body) => {
  expect(refusalIn(answer(body))).toBeUndefined()
})

/** Each message names a second cause. Without it, the message refuses the captcha. */
test.each([
  ['Login information or captcha is incorrect!', 'The captcha is incorrect!'],
  ['Invalid credentials or captcha', 'Missing or invalid captcha'],
  ['Invalid licence or wrong captcha', 'Expired or wrong captcha'],
  ['Either the captcha or the licence number is wrong', 'The captcha is missing or invalid'],
  ['Captcha is invalid or the licence number does not exist', 'Captcha is invalid or it was already used'],
  ['Captcha code or licence number invalid', 'Captcha expired or incorrect'],
  ['Captcha OK but the licence number is invalid', 'The captcha is invalid, but the licence is OK'],
  ['RUT/captcha invalid', 'Captcha invalid/expired'],
  ['CNPJ ou CAPTCHA inválido', 'CAPTCHA inválido ou expirado'],
  ['Zugangsdaten oder Captcha falsch', 'Captcha falsch oder abgelaufen'],
  ['Das Captcha ist richtig, aber die Nummer ist falsch', 'Das Captcha ist falsch, aber die Nummer ist richtig'],
  ['RUT o captcha incorrecto', 'Captcha incorrecto o caducado'],
  ['Numéro ou captcha incorrect', 'Captcha incorrect ou expiré'],
  ['Codice fiscale o captcha errato', 'Captcha errato o scaduto'],
  ['BSN of captcha onjuist', 'Captcha onjuist of verlopen'],
  ['PESEL lub captcha nieprawidłowe', 'Captcha nieprawidłowa lub wygasła'],
  ['TC numarası veya captcha hatalı', 'Captcha hatalı veya eksik'],
  ['Номер или капча неверны', 'Капча неверна или устарела'],
  ['Номер або капча неправильні', 'Капча неправильна або відсутня'],
  ['查询条件或验证码错误', '验证码错误或已过期'],
  ['车牌号或者验证码错误', '验证码错误或者已失效'],
  ['查詢條件或驗證碼錯誤', '驗證碼錯誤或已過期'],
  ['番号または画像認証が正しくありません', '画像認証が正しくない、または期限切れです'],
  ['주문번호 또는 보안문자가 올바르지 않습니다', '보안문자가 만료 또는 잘못 입력되었습니다'],
  ['Mã số hoặc captcha không đúng', 'Captcha không đúng hoặc hết hạn'],
  ['Nomor atau captcha salah', 'Captcha salah atau kedaluwarsa'],
  ['الرقم أو الكابتشا غير صحيحة', 'الكابتشا غير صحيحة أو مفقودة'],
  ['شماره یا کپچا نادرست است', 'کپچا نادرست یا منقضی است'],
  ['Číslo nebo captcha je neplatné', 'Captcha je neplatná nebo vypršela'],
  ['Felaktigt nummer eller captcha', 'Felaktig eller saknad captcha'],
  ['Hibás szám vagy captcha', 'Hibás vagy hiányzó captcha'],
  ['INVALID_CREDENTIALS_OR_CAPTCHA', 'CAPTCHA_MISSING_OR_INVALID'],
])('one message for several causes: %s', (either, captcha) => {
  expect(refusalIn(answer({ error: either }))).toBeUndefined()
  expect(refusalIn(answer(page(`<div class="error">${either}</div>`)))).toBeUndefined()
  expect(refusalIn(answer({ error: captcha }))).toEqual(expect.any(String))
})

const invalid = 'Captcha invalid'

/** Each of the first is in the page for a script to show. Each of the second is shown. */
test.each([
  [`<div class="toast error">${invalid}</div>`, `<div class="toast show error">${invalid}</div>`],
  [`<div class="alert alert-danger fade">${invalid}</div>`, `<div class="alert alert-danger fade in">${invalid}</div>`],
  [`<div class="opacity-0 error">${invalid}</div>`, `<div class="opacity-90 error">${invalid}</div>`],
  [`<div class="error" style="opacity:0">${invalid}</div>`, `<div class="error" style="opacity:0.9">${invalid}</div>`],
  [`<div class="error hidden_x7a">${invalid}</div>`, `<div class="error overflow-hidden">${invalid}</div>`],
  [`<div class="error styles__hidden--3f">${invalid}</div>`, `<div class="error styles__shown--3f">${invalid}</div>`],
  [`<div class="error Form_isHidden__ab">${invalid}</div>`, `<div class="error Form_isShown__ab">${invalid}</div>`],
  [`<div class="error ui-helper-hidden">${invalid}</div>`, `<div class="error ui-state-error">${invalid}</div>`],
  [`<div class="error ui-hidden-container">${invalid}</div>`, `<div class="error ui-container">${invalid}</div>`],
  [`<div class="error w-form-fail">${invalid}</div>`, `<div class="error w-form">${invalid}</div>`],
  [
    `<form class="ui form"><div class="ui error message">${invalid}</div></form>`,
    `<form class="ui form error"><div class="ui error message">${invalid}</div></form>`,
  ],
  [
    `<div class="ui large form"><div class="ui error message">${invalid}</div></div>`,
    `<form class="ui form"></form><div class="ui error message">${invalid}</div>`,
  ],
  [
    `<p class="error" data-bind="text: e, visible: e">${invalid}</p>`,
    `<p class="error" data-bind="text: e">${invalid}</p>`,
  ],
  [`<p class="error" data-bind="if: e">${invalid}</p>`, `<p class="error" data-bind="click: e">${invalid}</p>`],
  ...[
    'v-show',
    'v-else',
    'x-show.important',
    'x-cloak',
    'ng-show',
    'data-ng-if',
    'ng-hide',
    'ng-cloak',
    '*ngIf',
    '[hidden]',
    'wire:loading',
    'popover',
  ].map((attribute) => [
    `<p class="error" ${attribute}="e">${invalid}</p>`,
    `<p class="error" data-x="${attribute}">${invalid}</p>`,
  ]),
])('a message for a script to show: %s', (hidden = '', shown = '') => {
  expect(refusalIn(answer(page(hidden)))).toBeUndefined()
  expect(refusalIn(answer(page(shown)))).toEqual(expect.any(String))
})

test.each([
  'Post "https://vendor.test/siteverify": context deadline exceeded',
  'Post "https://vendor.test/siteverify": dial tcp: lookup vendor.test: no such host',
  'dial tcp 1.2.3.4:443: i/o timeout',
  'cURL error 28: Operation timed out after 5000 ms',
  'connect ETIMEDOUT 1.2.3.4:443',
  'read ECONNRESET',
  'getaddrinfo ENOTFOUND vendor.test',
  'getaddrinfo EAI_AGAIN',
  'fetch failed',
  'Failed to fetch',
  'socket hang up',
  'HTTP 502',
  'HTTP/1.1 503',
  'status code 503',
  'timeout of 5000ms exceeded',
  'Read timed out. (read timeout=5)',
  'request timed out',
  'SSL handshake',
  'bad gateway (504)',
  'unexpected end of JSON input',
  'unexpected EOF',
])('a verification that did not take place: %s', (cause) => {
  for (const message of [
    `captcha verification failed: ${cause}`,
    `captcha: ${cause}`,
    `Captcha is invalid (${cause})`,
  ]) {
    expect(refusalIn(answer({ statusCode: 400, message }))).toBeUndefined()
    expect(refusalIn(answer(page(`<div class="error">${message.replaceAll('"', '&quot;')}</div>`)))).toBeUndefined()
  }
})

test('a cause that stands apart from the message', () => {
  expect(refusalIn(answer({ error: 'captcha verification failed', cause: 'connect ETIMEDOUT' }))).toBeUndefined()
  expect(refusalIn(answer({ error: 'captcha verification failed', cause: 'expired' }))).toBeDefined()
})

test.each([
  'The captcha timed out, please try again',
  'Your captcha has timed out.',
  'captcha verification failed: timeout-or-duplicate',
  'captcha verification failed: ["timeout-or-duplicate"]',
  'request disallowed (invalid-input-response)',
])('a token that came too late or was wrong: %s', (message) => {
  expect(refusalIn(answer({ statusCode: 400, message }))).toEqual(expect.any(String))
})

const filler = `<p>${'Some of the words that a long page has about anything at all. '.repeat(40)}</p>`

const innocentHtml: readonly (readonly [kind: string, body: string, contentType?: string])[] = [
  ['a form as it was', page()],
  ['a welcome', '<h1>Welcome, ada</h1>'],
  ['a wrong password', page('<div class="alert alert-danger">Wrong user name or password.</div>')],
  ['a weak password', page('<div class="error">Password too weak.</div>')],
  ['a taken name', page('<div class="error">This name is taken.</div>')],
  ['an expired form', page('<div class="error">The page has expired, please solve the captcha again.</div>')],
  ['a rate limit', page('<div class="error">Too many attempts. Please complete the captcha.</div>')],
  [
    'a rate limit after failures',
    page('<div class="error">Due to failed login attempts, please solve the captcha.</div>'),
  ],
  ['outage', page('<div class="error">Could not verify the captcha. Please try again later.</div>')],
  [
    'outage of a plugin',
    page('<div class="error">If you see this message, hCaptcha failed to load due to site errors.</div>'),
  ],
  ['the browser has no scripts', page('<div class="error">JavaScript is off: captcha verification failed.</div>')],
  ['a label', '<form><label class="control">Captcha invalid</label></form>'],
  ['a legend', '<form><legend>Captcha incorrect</legend></form>'],
  ['asked for after a login', page('<div class="alert alert-danger">Login failed, please complete the captcha</div>')],
  [
    'asked for after a login, in a sentence of its own',
    page('<div class="alert alert-danger">Wrong credentials. To continue, please solve the captcha.</div>'),
  ],
  [
    'asked for after a login, on a line of its own',
    page('<div class="alert alert-danger">Incorrect login<br>Please solve the captcha</div>'),
  ],
  [
    'asked for by a wall',
    page('<div class="alert alert-danger">Unusual activity: please verify that you are human</div>'),
  ],
  [
    'a comment that is quoted',
    page('<div class="alert alert-danger">Your comment "the captcha is wrong" was refused</div>'),
  ],
  [
    'a page that is not there',
    '<div class="error-page"><h1>404</h1><p>The page captcha-failed was not found.</p></div>',
  ],
  ['PHP', '<b>Fatal error</b>: Uncaught Error: Class "Captcha" not found, failed in /x/captcha.php'],
  ['a count', '<table><tr><td>Captcha failed</td><td>12</td></tr></table>'],
  ['a list of errors', '<ul><li>Error 101: captcha invalid</li><li>Error 102: captcha expired</li></ul>'],
  ['a panel by default', '<div class="panel panel-default captcha-login"><p>Please enter the captcha</p></div>'],
  ['a form named after it', '<div class="captcha-form"><div class="error">Quantity is invalid</div></div>'],
  [
    'a name in the field of it',
    page('<div class="captcha has-error"><span class="error">Your password is wrong</span></div>'),
  ],
  ['a card that has one', page('<div class="card has-captcha"><p class="error">Invalid credentials.</p></div>')],
  ['a wrapper of both', page('<div class="captcha-wrapper"><p class="error">Invalid credentials.</p></div>')],
  ['a card with its name', page('<div class="card captcha"><p class="error">Invalid value</p></div>')],
  [
    'a form with its name',
    '<form name="captchaForm"><div id="captchaForm"><p class="error">Is invalid</p></div></form>',
  ],
  ['a button', '<form><button class="error">Captcha failed, retry</button></form>'],
  ['an option', '<select class="error"><option>Captcha failed</option></select>'],
  ['a text area', '<textarea class="error">captcha incorrect</textarea>'],
  ['a value', '<input class="error" value="captcha incorrect" aria-label="captcha incorrect">'],
  ['a placeholder', '<input placeholder="Captcha is required">'],
  ['a help text', page('<p class="form-text">Please complete the CAPTCHA below</p>')],
  ['a help block', page('<span class="help-block">Please enter the captcha.</span>')],
  ['a help box', page('<div class="alert alert-info">If the captcha is wrong, reload.</div>')],
  ['a note', page('<div class="notice">Captcha verification is required for new accounts.</div>')],
  ['a legal note', page('<div class="notice">This site is protected by reCAPTCHA.</div>')],
  ['a script', '<script>if(x)show("<div class=error>Captcha invalid</div>")</script>'],
  ['a script of JSON', '<script type="application/json">{"errors":{"captcha":["invalid"]}}</script>'],
  ['a template', '<template><div class="error">Captcha invalid</div></template>'],
  ['no script', '<noscript><div class="error">Captcha invalid</div></noscript>'],
  ['a comment', '<!-- <div class="error">Captcha invalid</div> -->'],
  ['a comment that never ends', '<p>Hello</p><!-- <div class="error">Captcha invalid</div>'],
  ['an attribute', '<div data-error-message="captcha invalid" title="captcha invalid"></div>'],
  ['a title', '<title>Captcha failed</title><p>Hello</p>'],
  ['hidden', '<div hidden class="error">Captcha invalid</div>'],
  ['hidden from readers', '<div aria-hidden="true" class="error">Captcha invalid</div>'],
  ['hidden by style', '<div style="display: none" class="error">Captcha invalid</div>'],
  ['hidden by a parent', '<div style="display:none"><p><b class="error">Captcha invalid</b></p></div>'],
  ['hidden by a class', '<div class="error d-none">Captcha invalid</div>'],
  ['hidden by another class', '<div class="hidden error">Captcha invalid</div>'],
  [
    'hidden by a style sheet',
    '<style>.name-error, .captcha-error { color: red; display:none }</style><div class="captcha-error">Captcha invalid</div>',
  ],
  [
    'hidden by its id',
    '<style>@media screen{#ce{display:none}}</style><div id="ce" class="error">Captcha invalid</div>',
  ],
  [
    'hidden by Bootstrap',
    page('<input name="captcha" class="form-control"><div class="invalid-feedback">Please complete the captcha.</div>'),
  ],
  ['hidden by Alpine', '<div x-show="failed" class="error">Captcha invalid</div>'],
  ['hidden by Vue', '<div v-if="failed" class="error">Captcha invalid</div>'],
  ['hidden by Angular', '<div ng-show="f.$error" class="error">Captcha invalid</div>'],
  ['a dialog that is closed', '<dialog><p class="error">Captcha invalid</p></dialog>'],
  ['a modal that is closed', '<div class="modal fade"><p class="error">Captcha invalid</p></div>'],
  ['a message by ASP.NET that is none', '<span class="field-validation-valid">Captcha invalid</span>'],
  ['a link', page('<p><a href="/help/captcha">Captcha failed? Try again</a></p>')],
  ['navigation', '<nav><ul><li>Captcha failed</li></ul></nav>'],
  ['a footer', '<footer><p>Captcha invalid</p></footer>'],
  ['an article', `<article><h1>Captcha invalid</h1><p>The captcha is incorrect.</p></article>`],
  ['a blog', `<div class="blog-post"><p>The captcha is incorrect.</p></div>`],
  ['a forum', `<div class="thread"><div class="post"><p>captcha incorrect again!</p></div></div>`],
  ['a comment by a user', `<ul class="comments"><li>captcha wrong</li></ul>`],
  ['a long page', `<p>The captcha is incorrect.</p>${filler}`],
  ['a heading of a guide', `<h2>Captcha failed</h2><p>${'Clear the cache and load the page again. '.repeat(10)}</p>`],
  ['a FAQ', `<div class="faq"><h3>Captcha failed</h3><p>Reload.</p></div>`],
  ['a question', page('<h2>Captcha failed?</h2>')],
  ['a page about captchas', '<p class="error">Captcha invalid</p>'.repeat(101)],
  ['markup too deep', `${'<div>'.repeat(300)}<p hidden class="error">Captcha invalid</p>`],
  ['a quotation', '<blockquote class="error">captcha invalid</blockquote>'],
  ['code', '<pre class="error">captcha invalid</pre>'],
  ['details', '<details><summary>Help</summary><p>Captcha invalid</p></details>'],
  ['a search', page('<p class="alert">Results for captcha failed</p>')],
  ['results', '<ol class="results"><li><p>Captcha invalid</p></li></ol>'],
  [
    'what happens in general',
    page('<div class="alert alert-warning">Captcha failed errors are usually caused by an old browser.</div>'),
  ],
  ['what will happen', page('<div class="alert">Requests with an invalid captcha will be blocked.</div>')],
  [
    'a long explanation',
    page(`<div class="alert">${'We changed our forms. '.repeat(20)} An invalid captcha is refused.</div>`),
  ],
  ['a success', page('<div class="alert alert-success">Captcha correct, thank you.</div>')],
  ['a verification code by e-mail', page('<div class="error">The verification code is incorrect.</div>')],
  ['a security code of a card', page('<div class="error">Invalid security code.</div>')],
  ['an SMS in Chinese', page('<div class="error">短信验证码错误</div>')],
  ['a code in Chinese where SMS are sent', page('<button>发送短信</button><div class="error">验证码错误</div>')],
  ['a CVV in Turkish', page('<div class="error">Güvenlik kodu (CVV) hatalı</div>')],
  ['a product', page('<div class="error">Robot R2 is sold out</div>')],
  ['a robot page', '<h1>Are you a robot?</h1><p>Press and hold</p>'],
  [
    'an interstitial',
    '<h1>Verify you are human</h1><p>site.test needs to review the security of your connection before proceeding.</p>',
  ],
  ['robots.txt', 'User-agent: *\nDisallow: /captcha/\n', 'text/plain'],
  ['a style sheet', '.error:after{content:"captcha invalid"}', 'text/css'],
  ['a script file', 'const m = "captcha invalid"', 'application/javascript'],
  ['an image', 'captcha invalid', 'image/png'],
  ['a PDF', 'captcha invalid', 'application/pdf'],
  ['a long text', `captcha invalid\n${'word '.repeat(500)}`, 'text/plain'],
  ['a table of values', 'id,error\n1,captcha invalid\n', 'text/csv'],
  ['half of JSON', '{"error":"captcha invalid"', 'application/json'],
  ['nothing', ''],
  ['white space', '   \n'],
]

test.each(innocentHtml)('a body that refuses no captcha: %s', (_, body = '', contentType = 'text/html') => {
  expect(refusalIn(answer(body, { contentType }))).toBeUndefined()
})

/** By language: a request to solve a captcha, a message that it was not checked, and a condition. */
const innocent: readonly (readonly [language: string, asks: string, outage: string, condition: string])[] = [
  [
    'en',
    'Please complete the captcha.',
    'CAPTCHA verification failed due to internal error: http',
    'If the captcha is wrong, reload.',
  ],
  ['zh-Hans', '请输入验证码', '由于内部错误，验证码确认失败：http', '如果验证码错误，请刷新。'],
  ['zh-Hant', '請輸入驗證碼', '由於內部錯誤，驗證碼確認失敗：http', '如果驗證碼錯誤，請重新整理。'],
  [
    'es',
    'Por favor, complete el captcha.',
    'La comprobación del CAPTCHA falló debido a un error interno: http',
    'Si el captcha es incorrecto, recargue.',
  ],
  [
    'de',
    'Bitte geben Sie das Captcha ein.',
    'CAPTCHA-Verifizierung aufgrund eines internen Fehlers fehlgeschlagen: http',
    'Wenn das Captcha falsch ist, laden Sie neu.',
  ],
  [
    'fr',
    'Veuillez compléter le captcha.',
    'La vérification CAPTCHA a échoué avec l’erreur interne : http',
    'Si le captcha est incorrect, rechargez.',
  ],
  [
    'ja',
    '以下のキャプチャ認証を完了してください',
    '内部エラーのためCAPTCHAの確認に失敗しました:http',
    'CAPTCHA が正しくない場合は再読み込みしてください。',
  ],
  [
    'ru',
    'Введите код с картинки',
    'Не удалось проверить CAPTCHA из-за внутренней ошибки: http',
    'Если капча неверна, обновите страницу.',
  ],
  [
    'pt',
    'Por favor, complete o captcha.',
    'A verificação CAPTCHA falhou devido a erro interno: http',
    'Quando o captcha está errado, recarregue.',
  ],
  [
    'it',
    'Completa il captcha.',
    'Verifica CAPTCHA fallita a causa di un errore interno: http',
    'Quando il captcha è errato, ricarica.',
  ],
  [
    'nl',
    'Vul de captcha in.',
    'CAPTCHA-verificatie is mislukt vanwege een interne fout: http',
    'Als de captcha onjuist is, herlaad.',
  ],
  [
    'pl',
    'Przepisz kod z obrazka',
    'Weryfikacja CAPTCHA nie powiodła się z powodu wewnętrznego błędu: http',
    'Jeśli captcha jest nieprawidłowa, odśwież.',
  ],
  [
    'tr',
    'Lütfen captcha girin.',
    'CAPTCHA doğrulaması dahili hata nedeniyle başarısız oldu: http',
    'Captcha yanlış girilmesi durumunda yenileyin.',
  ],
  [
    'ko',
    '자동등록방지 숫자를 입력해주세요.',
    '내부 오류로 인해 CAPTCHA 확인을 실패했습니다: http',
    'CAPTCHA가 올바르지 않은 경우 새로 고치세요.',
  ],
  [
    'vi',
    'Vui lòng nhập mã captcha.',
    'Thất bại khi xác minh CAPTCHA vì lỗi nội bộ: http',
    'Nếu mã captcha không đúng, hãy tải lại.',
  ],
  [
    'id',
    'Silakan isi captcha.',
    'Verifikasi CAPTCHA gagal karena galat internal: http',
    'Jika captcha salah, muat ulang.',
  ],
  [
    'ar',
    'يرجى إكمال التحقق من الكابتشا أدناه',
    'فشل التحقق من صحة كلمة التحقق بسبب خطأ داخلي: http',
    'إذا كانت الكابتشا غير صحيحة، أعد التحميل.',
  ],
  [
    'fa',
    'کد امنیتی را وارد کنید',
    'تأیید کپچا به‌دلیل خطای داخلی ناموفق بود: http',
    'اگر کپچا نادرست بود، صفحه را تازه کنید.',
  ],
  [
    'cs',
    'Opište kód z obrázku.',
    'Ověření CAPTCHA se nezdařilo kvůli vnitřní chybě: http',
    'Pokud je captcha neplatná, obnovte stránku.',
  ],
  [
    'sv',
    'Fyll i captcha.',
    'CAPTCHA-verifiering misslyckades p.g.a. ett internt fel: http',
    'Ladda om när captcha är felaktig.',
  ],
  [
    'uk',
    'Введіть код з картинки',
    'Перевірка за CAPTCHA провалилась через внутрішню помилку: http',
    'Якщо капча неправильна, оновіть сторінку.',
  ],
  [
    'hu',
    'Kérjük, töltse ki a captchát.',
    'A CAPTCHA ellenőrzése sikertelen belső hiba miatt: http',
    'Töltse újra, amikor a captcha hibás.',
  ],
]

test.each(innocent)('%s: a label, an outage and a condition refuse nothing', (_, asks, outage, condition) => {
  expect(
    refusalIn(answer(page(`<p class="hint">${asks}</p><p>${asks}</p><div class="alert">${asks}</div>`))),
  ).toBeUndefined()
  expect(refusalIn(answer({ message: asks, label: asks }))).toBeUndefined()
  for (const message of [outage, condition]) {
    expect(refusalIn(answer(page(`<div class="alert alert-danger">${message}</div>`)))).toBeUndefined()
    expect(refusalIn(answer({ success: false, message }))).toBeUndefined()
  }
})

test('there are rows of words for as many languages as are tested', () => {
  expect(innocent.map(([language]) => language)).toEqual(messages.map(([language]) => language))
})

test('what the page said before is no refusal', () => {
  const said = page('<div class="error" id="ce">The captcha is incorrect.</div>')
  expect(refusalIn(answer(said))).toBeDefined()
  expect(refusalIn(answer(said, { before: said }))).toBeUndefined()
  expect(refusalIn(answer(said, { before: page() }))).toBeDefined()
  const hidden = page('<div class="error" style="display:none">The captcha is incorrect.</div>')
  expect(refusalIn(answer(said, { before: hidden }))).toBeDefined()
  expect(refusalIn(answer({ error: 'The captcha is incorrect.' }, { before: said }))).toBeDefined()
})

test('the why quotes nothing of the body', () => {
  const secret = 'hunter2'
  const says = refusalIn(answer({ error: `Captcha for ${secret} at ${secret} is incorrect` }))
  expect(says).toBe('"captcha … incorrect" (en)')
  expect(refusalIn(answer({ error: `request disallowed (timeout-or-duplicate ${secret})` }))).toBe(
    'code timeout-or-duplicate',
  )
  expect(refusalInUrl(`https://site.test/?error=captcha&token=${secret}`)).toBe('URL: error "captcha"')
})

test.each([
  'https://site.test/login?error=captcha',
  'https://site.test/login?error=captcha_failed&x=1',
  'https://site.test/login?err=recaptcha',
  'https://site.test/contact.php?msg=captcha_incorrect',
  'https://site.test/contact?error=Captcha+verification+failed',
  'https://site.test/contact?error=Captcha%20verification%20failed.%20Please%20try%20again.',
  'https://site.test/login?captcha=failed',
  'https://site.test/login?captcha_error=1',
  'https://site.test/login?invalidCaptcha',
  'https://site.test/login?user=&captcha_error&x=',
  'https://site.test/#/login?captcha_error',
  'https://site.test/login?error_code=invalid-input-response',
  'https://site.test/login#error=captcha',
  'https://site.test/#/login?error=captcha_invalid',
  'https://site.test/#captcha-failed',
  'https://site.test/captcha-error',
  'https://site.test/error/captcha',
  'https://site.test/account/captcha_failed.php',
  'https://site.test/item?id=4&comment_error=captcha#comments',
  'myapp://login?error=captcha',
])('a URL that refuses: %s', (url) => expect(refusalInUrl(url)).toMatch(/^URL: /))

test.each([
  'https://site.test/login',
  'https://site.test/login?error=password',
  'https://site.test/login?error=captcha_required',
  'https://site.test/login?error=captcha_unavailable',
  'https://site.test/login?error=captcha_service_error',
  'https://site.test/login?captcha=1',
  'https://site.test/login?err_captcha=&err_user=&err_pass=1',
  'https://site.test/login?x=1&captcha_error=#captcha_error=',
  'https://site.test/login?captcha=required',
  'https://site.test/login?captcha_error=0',
  'https://site.test/login?captcha=P1_eyJ0eXAi',
  'https://site.test/captcha',
  'https://site.test/captcha/verify',
  'https://site.test/help/captcha-failed',
  'https://site.test/blog/captcha-error',
  'https://site.test/captcha-failed-what-now',
  'https://site.test/search?q=captcha+failed',
  'https://site.test/?next=%2Flogin%3Ferror%3Dcaptcha',
  'https://site.test/?utm_campaign=captcha-failed',
  'https://captcha-failed.test/',
  'https://site.test/login?error=If+the+captcha+is+wrong',
  'not a url',
])('a URL that refuses no captcha: %s', (url) => expect(refusalInUrl(url)).toBeUndefined())

test.each([
  ['reCAPTCHA', '<div class="g-recaptcha" data-sitekey="6Le"></div>'],
  ['hCaptcha', "<div id=x class='h-captcha big' data-sitekey='10'></div>"],
  ['Turnstile', '<div class="cf-turnstile" data-sitekey="0x4"></div>'],
  ['a field', '<form><textarea name="g-recaptcha-response" hidden></textarea></form>'],
  ['a hidden field', '<input type="hidden" name="cf-turnstile-response">'],
  ['the field that carried the token', '<input name="answer_7">'],
  [
    'without scripts',
    '<noscript></noscript><iframe src="https://www.google.com/recaptcha/api/fallback?k=6Le"></iframe>',
  ],
  ['Altcha', '<altcha-widget challengeurl="/c"></altcha-widget>'],
  ['in JSON', JSON.stringify({ html: '<div class="h-captcha" data-sitekey="10"></div>' })],
])('a captcha is shown again: %s', (_, body) => expect(showsCaptcha(answer(body), ['answer_7'])).toBe(true))

test.each([
  ['a script that loads a library', '<script src="https://www.google.com/recaptcha/api.js?render=6Le"></script>'],
  ['a script with markup', `<script>x = '<div class="g-recaptcha" data-sitekey="6Le"></div>'</script>`],
  ['a comment', '<!-- <input name="captcha"> -->'],
  ['a class alone', '<style>.g-recaptcha{}</style><div class="g-recaptcha"></div>'],
  ['a badge', '<p>This site is protected by reCAPTCHA</p>'],
  ['another field', '<input name="user">'],
  ['an end tag', '</input name="captcha">'],
  ['a field without a name', '<input class="captcha">'],
  ['words', JSON.stringify({ captcha: 'g-recaptcha data-sitekey' })],
  ['nothing', ''],
])('no captcha is shown: %s', (_, body) => expect(showsCaptcha(answer(body), ['answer_7', ''])).toBe(false))

test('of a large body the first mebibyte is read', () => {
  const refusal = '<div class="error">Captcha invalid</div>'
  expect(refusalIn(answer(refusal + 'x '.repeat(2 ** 22)))).toBeDefined()
  expect(refusalIn(answer('x '.repeat(2 ** 19) + refusal))).toBeUndefined()
  expect(refusalIn(answer({ error: 'Captcha invalid', data: 'x'.repeat(2 ** 21) }))).toBeUndefined()
})

/** Bodies that are built to be slow to search. The test ends only because the search takes linear time. */
test.each([
  ['tags that never end', '<a '],
  ['quotes that never end', '<a b="'],
  ['open tags', '<div class="error">'],
  ['end tags', '</div>'],
  ['inline tags', '<b>captcha '],
  ['comments', '<!--'],
  ['styles', '<style>.a{'],
  ['scripts', '<script>'],
  ['selectors', '<style>.a,'],
  ['attributes', '<a b    '],
  ['sentences', 'captcha. '],
  ['a sentence', 'captcha invali'],
  ['entities', '&amp;&#x'],
  ['brackets', '['],
  ['objects', '{"error":'],
  ['lines', '1:{"a":\n'],
  ['calls', 'a.b.c '],
  ['quotes', '«'],
  ['spaces', ' '],
])('a hostile body ends: %s', (_, part) => {
  const body = part.repeat(2 ** 18 / part.length)
  for (const contentType of ['text/html', 'application/json', 'text/plain']) {
    refusalIn(answer(body, { contentType, before: body }))
    showsCaptcha(answer(body, { contentType }), [])
  }
})

/** Each kind of answer that seems to refuse the captcha but tells of something else, and answers like it that refuse. */
const kinds: Readonly<Record<string, { readonly refuses: readonly unknown[]; readonly innocent: readonly unknown[] }>> =
  {
    'the captcha is only named or asked for': {
      refuses: [
        { errors: ['captcha'] },
        { errors: { captcha: ['Please complete the captcha again'] } },
        { captcha: ['Please complete the captcha again'] },
        { success: false, errors: [{ field: 'captcha', message: 'is required' }] },
        { errors: { captcha: ['invalid'], password: ['wrong'] } },
        { errors: ['password', 'captcha_invalid'] },
        { captcha: ['Captcha is invalid'], name: ['is taken'] },
        '<div class="error captcha">Please complete the captcha</div>',
        '<div class="error">×</div><div class="error">Please complete the captcha</div>',
        '<div class="error">Name is taken</div><div class="error captcha">The captcha is wrong</div>',
      ],
      innocent: [
        { errors: ['password', 'captcha'] },
        { errors: ['name_taken', 'captcha_error'] },
        ['name_taken', 'captcha_error'],
        { errors: { password: ['wrong'], captcha: ['Please complete the captcha again'] } },
        { password: ['wrong'], captcha: ['Please complete the captcha again'] },
        { success: false, password: 'wrong', captcha: 'Please complete the captcha again' },
        { errors: { nick: true, captcha: 'Please complete the captcha again' } },
        { success: false, message: 'Account locked', errors: { captcha: ['is required'] } },
        { message: 'Wrong password', errors: { captcha: ['is required'] } },
        {
          errors: [
            { field: 'name', message: 'is taken' },
            { field: 'captcha', message: 'is required' },
          ],
        },
        { errors: { name: 'is taken', captcha: '<p>Please complete the captcha</p>' } },
        { errors: { name: '<p>is taken</p>', captcha: 'Please complete the captcha' } },
        '<div class="error">Name is taken</div><div class="error captcha">Please complete the captcha</div>',
        '<div class="error">Wrong password or captcha</div><div class="error">Please complete the captcha</div>',
        '{"error":"name_taken"}\n{"error":"captcha"}',
      ],
    },
    'flat data that lists the names of keys': {
      refuses: [
        ['Captcha is invalid'],
        ['captchaError'],
        [false, null, 'Captcha is invalid'],
        [{ error: 'Captcha is invalid' }],
        { errors: ['Captcha is invalid', { code: 7 }] },
        { messages: ['Captcha is invalid'] },
        '"Captcha is invalid"\n',
        { type: 'failure', status: 400, data: JSON.stringify([{ message: 1 }, 'Captcha is invalid']) },
      ],
      innocent: [
        [{ _1: 2 }, 'data', { _3: 4 }, 'errors', { _5: -5, _6: 7 }, 'captchaError', 'password', 'wrong password'],
        [{ _1: 2 }, 'data', { _3: 4 }, 'invalidCaptcha', 'Name is taken'],
        '0:["$","p",null,{}]\n1:"captchaError"\n',
      ],
    },
    'the state of the next captcha': {
      refuses: [
        { success: false, captcha: { valid: false } },
        { captchaValid: false },
        { success: false, captchaValid: false, id: 7, url: '/login' },
        { captcha: { success: false, challenge_ts: 'x', hostname: 'h', image: null } },
        { ok: false, error: 'Captcha is invalid', captcha: { id: 'x', valid: false } },
      ],
      innocent: [
        { ok: false, error: 'bad password', captcha: { id: 'x', valid: false } },
        { ok: false, error: 'Name is taken', captcha: { valid: false } },
        { ok: false, message: 'Name is taken', captchaValid: false },
        { captcha: { required: true, valid: false, image: 'data:image/png;base64,AA' } },
        { ok: false, captcha: { passed: false, sitekey: '6Le' } },
        { ok: false, captchaPassed: false, captchaImage: '/c.png' },
      ],
    },
    'a form that the server describes': {
      refuses: [
        {
          fields: [
            { name: 'captcha', error: 'Captcha is invalid' },
            { name: 'email', error: '' },
          ],
        },
        {
          errors: [
            { field: 'captcha', message: 'is invalid' },
            { field: 'email', message: 'is invalid' },
          ],
        },
        {
          detail: [
            { loc: ['body', 'captcha'], msg: 'invalid captcha' },
            { loc: ['body', 'age'], msg: 'too low' },
          ],
        },
        { fields: { captcha: { errors: ['Captcha is invalid'] }, age: { errors: ['too low'] } } },
      ],
      innocent: [
        {
          fields: [
            { name: 'captcha', errorMessage: 'Captcha is invalid' },
            { name: 'email', errorMessage: 'E-mail is invalid' },
          ],
        },
        {
          success: false,
          form: [
            { name: 'captcha', message: 'Captcha is invalid' },
            { name: 'age', message: 'Age is too low' },
          ],
        },
        { fields: { captcha: { errorMessage: 'Captcha is invalid' }, age: { errorMessage: 'Age is too low' } } },
      ],
    },
    'one of several results': {
      refuses: [
        [{ error: { message: 'captcha invalid' } }],
        [{ error: { message: 'captcha invalid' } }, { error: { message: 'cancelled' } }],
        [{ jsonrpc: '2.0', id: 1, result: null, error: { code: 7, message: 'captcha invalid' } }],
        [{ data: { login: null }, errors: [{ message: 'captcha invalid' }] }],
        '{"progress":1}\n{"error":"captcha invalid"}',
      ],
      innocent: [
        [{ result: { ok: true } }, { error: { message: 'captcha invalid' } }],
        [
          { jsonrpc: '2.0', id: 1, error: { code: 7, message: 'captcha invalid' } },
          { jsonrpc: '2.0', id: 2, result: 7 },
        ],
        [{ data: { login: { id: 7 } } }, { data: null, errors: [{ message: 'captcha invalid' }] }],
        { responses: [{ status: 'ok' }, { status: 'error', message: 'captcha invalid' }] },
        '{"result":{"ok":true}}\n{"error":{"message":"captcha invalid"}}',
      ],
    },
    'a path or URL with the word': {
      refuses: [
        { error: '/register: captcha invalid' },
        { error: 'Captcha is invalid, see https://site.test/captcha' },
        { error: '/api/captcha: captcha invalid' },
      ],
      innocent: [
        { error: 'POST /captcha-register failed with status code 409' },
        { error: 'Request to https://site.test/captcha/register?x=1 failed' },
        { error: 'Request failed (/captcha-register)' },
        { error: '请求/captcha/register失败' },
        '<div class="error">POST /captcha-register failed</div>',
      ],
    },
    'one of several possible causes': {
      refuses: [
        { error: 'Captcha is invalid. Possible reasons: it expired, or you took too much time' },
        { error: 'Your message was refused. The reason: captcha invalid' },
        '<div class="error"><p>Captcha is invalid.</p><p>Possible reasons:</p><ul><li>expired captcha</li></ul></div>',
      ],
      innocent: [
        { error: 'Possible reasons: wrong password, expired captcha, blocked account' },
        { error: 'Login failed. Possible reasons:\n- expired captcha\n- blocked account' },
        { error: 'This may be because the account is blocked. Or expired captcha.' },
        { error: 'Mögliche Ursachen: gesperrtes Konto, abgelaufenes Captcha' },
        { message: 'Login failed for one of these reasons', reasons: ['blocked account', 'expired captcha'] },
        { error: 'login_failed', possibleReasons: ['blocked account', 'expired captcha'] },
        '<div class="error"><p>Login failed for one of the following reasons</p><ul><li>expired captcha</li></ul></div>',
        '<div class="alert">Possible reasons:<br>- blocked account<br>- expired captcha</div>',
        'Login failed. Possible reasons:\n- blocked account\n- expired captcha\n',
      ],
    },
    'a captcha that passed': {
      refuses: [
        { error: 'Your name is fine. The captcha is invalid.' },
        { error: 'The captcha was solved. It has expired: captcha expired' },
      ],
      innocent: [
        { error: 'Captcha passed but the login failed' },
        { error: 'Login failed although the captcha was solved' },
        { error: 'Das Captcha stimmt, aber die Anmeldung ist fehlgeschlagen' },
        { error: 'El captcha es correcto pero el registro ha fallado' },
        { error: '图形验证码通过但登录失败' },
      ],
    },
    'a page of Inertia': {
      refuses: [
        {
          component: 'Login',
          props: { errors: { captcha: 'The captcha is invalid.' }, auth: null },
          url: '/',
          version: 'x',
        },
        { component: 'Login', props: { errors: { login: { captcha: 'is invalid' } } }, url: '/', version: null },
      ],
      innocent: [
        { component: 'Login', props: { errors: {}, messages: { captcha: 'The captcha is invalid.' } }, url: '/' },
        {
          component: 'Login',
          props: { errors: { name: 'is taken' }, captchaError: 'The captcha is invalid.' },
          url: '/',
        },
        { props: { errors: { captcha: 'The captcha is invalid.' } } },
      ],
    },
  }

const bodiesOf = (verdict: 'refuses' | 'innocent') =>
  Object.entries(kinds).flatMap(([kind, { [verdict]: bodies }]) =>
    bodies.map((body) => [kind, typeof body === 'string' ? body : JSON.stringify(body)] as const),
  )
const saidBy = (body: string) => refusalIn(answer(body, { contentType: body.startsWith('<') ? 'text/html' : '' }))

test.each(bodiesOf('refuses'))('%s, and yet refused: %s', (_, body) => {
  expect(saidBy(body)).toEqual(expect.any(String))
})

test.each(bodiesOf('innocent'))('%s: %s', (_, body) => {
  expect(saidBy(body)).toBeUndefined()
})

test('a sentence counts only where the page shows it, however its style sheets spell it', () => {
  const answer = { url: '', contentType: 'text/html', body: '<p class="x1">The <b>captcha</b> is incorrect.</p>' }
  expect(refusalIn(answer)).toBeDefined()
  expect(refusalIn({ ...answer, rendered: 'SIGN IN THE CAPTCHA IS  INCORRECT.' })).toBeDefined()
  expect(refusalIn({ ...answer, rendered: 'Sign in That username is already taken.' })).toBeUndefined()
})

test('a wrong code is the captcha’s unless another code was sent along', () => {
  const answer = { url: '', contentType: 'application/json', body: '{"code":1001,"msg":"验证码错误"}' }
  expect(refusalIn(answer)).toBeDefined()
  expect(refusalIn({ ...answer, hasOtherCode: true })).toBeUndefined()
  expect(refusalIn({ ...answer, body: '{"msg":"captcha 错误"}', hasOtherCode: true })).toBeDefined()
})

test.each([
  // Another code than the captcha's.
  '雙重認證碼無效。', // Laravel-Lang
  '二步驟驗證碼不正確', // Lemmy
  '谷歌验证码错误',
  '短信验证码已过期',
  '自定义 MFA 验证码校验失败', // JumpServer
  'Le code de sécurité de votre carte est incorrect.', // Stripe
  'Der Sicherheitscode Ihrer Karte ist falsch.', // Stripe
  // Something else may be wrong.
  'Verification code or captcha is incorrect',
  'Invalid security token or captcha response',
  'Code oder Captcha falsch',
  '参数或验证码错误',
  'Invalid captcha, username or password',
  'Falsches Captcha, Benutzername oder Passwort',
  // It is wanted, because something else failed.
  'Captcha required due to a failed login attempt.',
  'Nach 3 falschen Eingaben ist ein Captcha nötig',
  'Se requiere captcha tras 3 accesos fallidos',
  '登录失败3次后需要图形验证码',
  'После трёх неверных вводов появится капча',
  // Other things are named, too.
  'CPF e captcha não conferem',
  '姓名、准考证号、验证码错误',
  'Roll number and captcha do not match.',
  'Codice fiscale e captcha errati',
  '주문번호와 보안문자가 일치하지 않습니다',
  // It passed.
  'The captcha was correct and the policy number was wrong.',
  'Captcha OK: invalid policy number',
  'Captcha richtig und Kennzeichen falsch',
  'The captcha was not rejected.',
  // It could not be made or checked.
  'Ungültiger Captcha-Anbieter.', // Casdoor
  'Fournisseur de captcha invalide.', // Casdoor
  '获取验证码失败,请检查redis配置!', // JeecgBoot
  'Captcha validation failed: database is locked',
  'Unable to verify CAPTCHA at this time. Please try again.',
  'Invalid response from reCAPTCHA',
  'CAPTCHA verification failed (bad-request).',
  'reCAPTCHA verification failed: 429',
  // Of captchas in general.
  'Submissions with a wrong captcha are deleted.',
  'reCAPTCHA stops bad bots.',
  'Report incorrect captcha',
  'QR code rejected by turnstile',
])('a sentence that also says something else refuses nothing: %s', (message) => {
  expect(refusalIn(answer({ success: false, message }))).toBeUndefined()
  expect(refusalIn(answer({ error: message }))).toBeUndefined()
  expect(refusalIn(answer(`<p class="error">${message}</p>`))).toBeUndefined()
})

test.each([
  { code: 200, msg: '查询成功', data: [{ userName: 'admin', status: '1', msg: '验证码错误' }] }, // RuoYi, a log of logins
  { access_token: 'x', loginHistory: [{ message: 'captcha failed' }] },
  { status: 'error', message: 'Invalid password', captcha: 'expired' },
  { error: 'Name taken', errorMessages: { captcha: 'Captcha is invalid', name: 'Name taken' } },
  { token: 'x', locale: 'en', messages: { login: { captcha_error: 'Captcha verification failed' } } },
  { data: { verifyCaptchaAndSendOtp: { success: false, message: 'Invalid mobile number' } } },
  { code: 'CAPTCHA_SERVICE_UNAVAILABLE', message: 'Captcha verification failed' },
  { data: { settings: { captchaErrorMessage: 'Captcha invalid', siteKey: 'x' } } },
  { message: 'Wrong password', captchaValid: false },
  { error: 'captcha_failed', error_description: 'The verification service is temporarily unavailable.' },
  '0:{"a":"$@1"}\n1:{"error":"Unknown user"}\n5:["$","$L7",null,{"messages":{"errors":{"captcha":"Captcha failed"}}}]\n',
])('records, texts for later and the state of the captcha refuse nothing: %j', (body) => {
  expect(refusalIn(answer(body, typeof body === 'string' ? { contentType: 'text/x-component' } : {}))).toBeUndefined()
})
